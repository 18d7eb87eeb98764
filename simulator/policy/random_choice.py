"""No thought at all: a batch size at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.policy.base import PlainStateOptimizer
from simulator.policy.stream import RandomStream
from simulator.policy.tally import Tally

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

    def _choose(self, state: RandomState) -> int:
        candidates = state.tally.candidates()
        return candidates[state.stream.integer(len(candidates)) if any(state.tally.runs) else 0]

    def _learn(self, state: RandomState, position: int, cost: float, converged: bool | None) -> None:
        state.tally.add(position, cost, converged)
