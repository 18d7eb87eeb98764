"""No thought at all: a batch size at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.policy.base import PlainStateOptimizer
from simulator.policy.stream import RandomStream
from simulator.policy.tally import Tally, add, candidate

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["RandomBatchSizeOptimizer"]


@dataclass
class RandomState:
    """What a random choice has to remember.

    Parameters
    ----------
    tally
        Which sizes failed since the target was last reached.
    stream
        The job's own random draws.
    """

    tally: Tally
    stream: RandomStream


def choose(state: RandomState) -> int:
    """Draw one of the candidates; the first run takes the first."""
    tally = state.tally
    return candidate(tally, state.stream.integer(tally.n - tally.n_set_aside) if tally.all_runs > 0 else 0)


def learn(state: RandomState, position: int, cost: float, converged: int) -> int:
    """Remember which sizes failed."""
    add(state.tally, position, cost, converged)
    return 0


class RandomBatchSizeOptimizer(PlainStateOptimizer[RandomState]):
    """A batch size at random, each as likely, whatever it has cost: what a policy must beat.

    The first run takes the default batch size, if there is one. A size that failed is not drawn again until a run
    has reached the target.

    Parameters
    ----------
    seed
        Seed of each job's draws.
    verbose
        Whether to log decisions.
    """

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Random"

    def _start(self, job: Job, batch_sizes: list[int]) -> RandomState:
        return RandomState(Tally.begin(job, batch_sizes), RandomStream(self.seed))

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
