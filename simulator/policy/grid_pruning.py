"""Try what is likely to work, then stay with the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.policy.base import PlainStateOptimizer
from simulator.policy.exploration import PruningExploration, advance, report
from simulator.policy.outcome import NOTHING
from simulator.policy.tally import Tally, add, cheapest_among

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


def choose(state: GridPruningState) -> int:
    """Go on with the walk, and once it is over take the cheapest survivor."""
    explored = state.walk.waiting if state.walk.waiting >= 0 else advance(state.walk)
    return cheapest_among(state.tally, state.walk.alive) if explored == NOTHING else explored


def learn(state: GridPruningState, position: int, cost: float, converged: int) -> int:
    """Count the run, and tell the walk if it was waiting for it: overlapping runs also end."""
    add(state.tally, position, cost, converged)
    return report(state.walk, position, cost, converged) if position == state.walk.waiting else 0


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

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
