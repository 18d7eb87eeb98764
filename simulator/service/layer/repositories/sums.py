"""Sums over rows, for people and for metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from simulator.service.database.tables import JobRow, TrialRow
from simulator.service.layer.checks import searchable
from simulator.service.layer.repositories.rows import table
from simulator.service.model import Origin, Stage, TrialStatus

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["CostSums", "FleetCounts", "Sums"]

_JOB, _TRIAL = table(JobRow), table(TrialRow)
_CONVERGED = _TRIAL.c.converged.is_(True)
_COSTS = (
    select(
        _TRIAL.c.batch_size,
        _TRIAL.c.status,
        func.count(),
        func.coalesce(func.sum(case((_CONVERGED, 1), else_=0)), 0),
        func.coalesce(func.sum(_TRIAL.c.energy_j), 0.0),
        func.coalesce(func.sum(_TRIAL.c.time_s), 0.0),
        func.coalesce(func.sum(_TRIAL.c.cost), 0.0),
        func.coalesce(func.sum(case((_CONVERGED, _TRIAL.c.energy_j))), 0.0),
        func.coalesce(func.sum(case((_CONVERGED, _TRIAL.c.time_s))), 0.0),
        func.coalesce(func.sum(case((_CONVERGED, _TRIAL.c.cost))), 0.0),
        func.min(case((_CONVERGED, _TRIAL.c.cost))),
        func.coalesce(func.sum(case((_TRIAL.c.origin == Origin.SYNTHETIC, 1), else_=0)), 0),
        func.coalesce(func.sum(case((_TRIAL.c.origin == Origin.PREDICTED, 1), else_=0)), 0),
    )
    .group_by(_TRIAL.c.batch_size, _TRIAL.c.status)
    .order_by(_TRIAL.c.batch_size, _TRIAL.c.status)
)


@dataclass(frozen=True, kw_only=True)
class CostSums:
    """What the trials of one batch size and one status came to.

    Parameters
    ----------
    batch_size, status
        Which trials.
    n_trials, n_converged
        How many, and how many of them converged.
    energy_j, time_s, cost
        What they used [J, s, J]; trials without a final report have no cost.
    converged_energy_j, converged_time_s, converged_cost
        The same for those that converged.
    min_cost
        Lowest cost of those that converged [J]; None if none did.
    n_synthetic, n_predicted
        How many come from SYNTHETIC traces, and from PREDICTED ones.
    """

    batch_size: int
    status: TrialStatus
    n_trials: int
    n_converged: int
    energy_j: float
    time_s: float
    cost: float
    converged_energy_j: float
    converged_time_s: float
    converged_cost: float
    min_cost: float | None
    n_synthetic: int
    n_predicted: int


@dataclass(frozen=True, kw_only=True)
class FleetCounts:
    """How many jobs there are.

    Parameters
    ----------
    jobs
        Jobs of each stage that have something left to choose.
    exhausted
        Jobs that have nothing left.
    running
        Trials that are under way.
    """

    jobs: dict[Stage, int]
    exhausted: int
    running: int


class Sums:
    """Sums over a database.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def costs(self, job_id: str) -> list[CostSums]:
        """Add up a job's trials."""
        names = tuple(CostSums.__dataclass_fields__)
        rows = await self._session.execute(_COSTS.where(_TRIAL.c.job_id == searchable(job_id)))
        return [CostSums(**dict(zip(names, row, strict=True))) for row in rows]

    async def fleet(self) -> FleetCounts:
        """Count jobs, and trials under way."""
        by_stage = select(_JOB.c.stage, _JOB.c.exhausted, func.count()).group_by(_JOB.c.stage, _JOB.c.exhausted)
        jobs = dict.fromkeys(Stage, 0)
        exhausted = 0
        for stage, nothing_left, n in await self._session.execute(by_stage):
            if nothing_left:
                exhausted += n
            else:
                jobs[stage] += n
        running = select(func.count()).select_from(_TRIAL).where(_TRIAL.c.status == TrialStatus.DISPATCHED)
        return FleetCounts(jobs=jobs, exhausted=exhausted, running=(await self._session.execute(running)).scalar_one())
