"""Try what is likely to work, then stay with the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.policy.base import PlainStateOptimizer
from simulator.policy.exploration import PruningExploration
from simulator.policy.tally import Tally

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["GridPruningBatchSizeOptimizer"]


@dataclass
class GridPruningState:
    """What is known about one job.

    Parameters
    ----------
    walk
        Where the walk over the grid stands.
    tally
        What runs have cost.
    """

    walk: PruningExploration
    tally: Tally


class GridPruningBatchSizeOptimizer(PlainStateOptimizer[GridPruningState]):
    """Grid search with pruning: one walk that turns around at sizes that fail, then the cheapest survivor.

    The walk goes from the default batch size (else the first) downwards until a size fails, then upwards likewise;
    what lies behind a failure is never tried. A survivor that fails later makes way for the next cheapest until the
    target is reached again. Source: the baseline «Grid Search with Pruning» of "Zeus" (NSDI'23), section 6.1, with
    the order of trials of section 4.4; the grid is over batch sizes, power limits are the power policy's.

    Parameters
    ----------
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = GridPruningBatchSizeOptimizer(), Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [8, 16, 32, 64])
    >>> for cost, reached in ((3.0, True), (9.0, False), (4.0, True), (3.0, True)):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, cost, converged=reached)
    ...     print(size, end=" ")
    32 16 64 32
    """

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Grid search with pruning"

    def _start(self, job: Job, batch_sizes: list[int]) -> GridPruningState:
        tally = Tally.begin(job, batch_sizes)
        return GridPruningState(PruningExploration.begin(len(batch_sizes), tally.order[0], rounds=1), tally)

    def _choose(self, state: GridPruningState) -> int:
        explored = state.walk.waiting if state.walk.waiting >= 0 else state.walk.advance()
        return state.tally.cheapest(state.walk.alive) if explored is None else explored

    def _learn(self, state: GridPruningState, position: int, cost: float, converged: bool | None) -> None:
        state.tally.add(position, cost, converged)
        # Overlapping runs also end; the walk goes on only with the result that it waits for.
        if position == state.walk.waiting:
            state.walk.report(position, cost, converged=converged is None or converged)
