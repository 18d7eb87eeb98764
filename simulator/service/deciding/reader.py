"""What may be read of jobs, each from one consistent snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from simulator.service.deciding import reading
from simulator.service.deciding.found import find_job, find_trial
from simulator.service.layer import ServiceLayer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from simulator.service.database.database import Database
    from simulator.service.deciding.results import JobStanding, SizeCosts, Why
    from simulator.service.layer import FleetCounts
    from simulator.service.model import Arm, Job, Stage, Trial, TrialStatus

__all__ = ["Reader"]

T = TypeVar("T")


class Reader:
    """Answers questions about jobs, and changes nothing.

    Parameters
    ----------
    database
        Where everything is kept.
    clock
        What time it is, in UTC.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def get_job(self, job_id: str) -> Job:
        """Read a job; UnknownJobError if there is none."""
        return await self._read(lambda layer: find_job(layer, job_id))

    async def list_jobs(
        self, *, after: str | None = None, limit: int = 100, prefix: str = "", stage: Stage | None = None
    ) -> list[Job]:
        """List jobs by id, from the one behind `after` on."""
        return await self._read(
            lambda layer: layer.list_jobs(after=after or "", limit=limit, prefix=prefix, stage=stage)
        )

    async def get_trial(self, job_id: str, number: int) -> Trial:
        """Read a trial; UnknownJobError or UnknownTrialError if there is none."""

        async def read(layer: ServiceLayer) -> Trial:
            return await find_trial(layer, await find_job(layer, job_id), None, number)

        return await self._read(read)

    async def list_trials(
        self, job_id: str, *, after: int = 0, limit: int = 100, status: TrialStatus | None = None
    ) -> list[Trial]:
        """List trials by number, from the one behind `after` on; UnknownJobError if there is no such job."""

        async def read(layer: ServiceLayer) -> list[Trial]:
            await find_job(layer, job_id)
            return await layer.list_trials(job_id, after=after, limit=limit, status=status)

        return await self._read(read)

    async def get_arms(self, job_id: str) -> list[Arm]:
        """Read what the policy believes, ascending by batch size; UnknownJobError if there is no such job."""

        async def read(layer: ServiceLayer) -> list[Arm]:
            await find_job(layer, job_id)
            return await layer.get_arms(job_id)

        return await self._read(read)

    async def standing(self, job_id: str) -> JobStanding:
        """Read a job with its sums; UnknownJobError if there is none."""

        async def read(layer: ServiceLayer) -> JobStanding:
            return await reading.standing(layer, await find_job(layer, job_id))

        return await self._read(read)

    async def list_standings(
        self, *, after: str | None = None, limit: int = 100, prefix: str = "", stage: Stage | None = None
    ) -> list[JobStanding]:
        """List jobs with their sums, as `list_jobs` does."""

        async def read(layer: ServiceLayer) -> list[JobStanding]:
            jobs = await layer.list_jobs(after=after or "", limit=limit, prefix=prefix, stage=stage)
            return [await reading.standing(layer, job) for job in jobs]

        return await self._read(read)

    async def costs(self, job_id: str) -> list[SizeCosts]:
        """Read what the trials of each batch size came to, ascending; UnknownJobError if there is no such job."""

        async def read(layer: ServiceLayer) -> list[SizeCosts]:
            job = await find_job(layer, job_id)
            return reading.size_costs(job, await layer.sum_costs(job_id))

        return await self._read(read)

    async def explain(self, job_id: str, number: int) -> Why:
        """Say why a trial has its batch size; UnknownJobError or UnknownTrialError if there is none."""
        return await self._read(lambda layer: reading.explain(layer, job_id, number))

    async def totals(self) -> FleetCounts:
        """Count all jobs, and the trials that are under way."""
        return await self._read(lambda layer: layer.count_fleet())

    async def ping(self) -> None:
        """Make sure that the database answers; DatabaseError if it does not."""
        await self._read(lambda layer: layer.list_jobs(limit=1))

    async def _read(self, question: Callable[[ServiceLayer], Awaitable[T]]) -> T:
        return await self._database.read(lambda session: question(ServiceLayer(session, clock=self._clock)))
