"""Try everything, then stay with the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.check import whole_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.tally import Tally

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["GridBatchSizeOptimizer"]


class GridBatchSizeOptimizer(PlainStateOptimizer[Tally]):
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

    def _start(self, job: Job, batch_sizes: list[int]) -> Tally:
        return Tally.begin(job, batch_sizes)

    def _choose(self, state: Tally) -> int:
        least_tried = min(state.candidates(), key=state.runs.__getitem__)
        return least_tried if state.runs[least_tried] < self.runs else state.cheapest()

    def _learn(self, state: Tally, position: int, cost: float, converged: bool | None) -> None:
        state.add(position, cost, converged)
