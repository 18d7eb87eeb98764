"""Try everything, then stay with the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import whole_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.tally import Tally, add, cheapest, least_tried

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["GridBatchSizeOptimizer"]


@dataclass
class GridState:
    """What is known about one job.

    Parameters
    ----------
    tally
        What runs have cost.
    runs
        Runs of each batch size before the best is chosen.
    """

    tally: Tally
    runs: int


def choose(state: GridState) -> int:
    """Take the size that still lacks runs, then the cheapest."""
    position = least_tried(state.tally)
    return position if state.tally.runs[position] < state.runs else cheapest(state.tally)


def learn(state: GridState, position: int, cost: float, converged: int) -> int:
    """Count the run."""
    add(state.tally, position, cost, converged)
    return 0


class GridBatchSizeOptimizer(PlainStateOptimizer[GridState]):
    """Grid search: every batch size in turn, then the one with the least expected cost.

    The default batch size comes first, then the others in ascending order, also those that fail. Afterwards, runs go
    on to count: the choice moves if another size turns out to be cheaper. The grid is over batch sizes; power limits
    are the power policy's. Source: the naive form of the baseline «Grid Search» in "Zeus" (NSDI'23), section 6.1.

    Parameters
    ----------
    runs
        Runs of each batch size before the best is chosen.
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = GridBatchSizeOptimizer(), Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [16, 32, 64])
    >>> for cost in (3.0, 2.0, 1.0, 1.0):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, cost, converged=True)
    ...     print(size, end=" ")
    32 16 64 64
    """

    def __init__(self, runs: int = 1, *, seed: int = 123456, verbose: bool = False) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.runs = whole_number("runs", runs, error=PolicyError, least=1)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Grid search"

    def _start(self, job: Job, batch_sizes: list[int]) -> GridState:
        return GridState(Tally.begin(job, batch_sizes), self.runs)

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
