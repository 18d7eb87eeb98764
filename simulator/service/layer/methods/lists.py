"""Methods that read for people: lists in pages, and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.service.layer.checks import LARGEST, page_length, stored_whole
from simulator.service.layer.fetched import Fetched

if TYPE_CHECKING:
    from simulator.service.layer.repositories.sums import CostSums, FleetCounts
    from simulator.service.model import Job, Stage, Trial, TrialStatus

__all__ = ["ListMethods"]


class ListMethods(Fetched):
    """Lists of a session. Nothing listed counts as fetched."""

    async def list_jobs(
        self, *, after: str = "", limit: int = 100, prefix: str = "", stage: Stage | None = None
    ) -> list[Job]:
        """Jobs by name, in order of code points.

        Parameters
        ----------
        after
            The last name that is known already; empty begins at the first.
        limit
            How many at most.
        prefix
            What their names begin with.
        stage
            Where they stand; None: anywhere.
        """
        return await self._jobs.page(after, page_length(limit), prefix, stage)

    async def list_trials(
        self, job_id: str, *, after: int = 0, limit: int = 100, status: TrialStatus | None = None
    ) -> list[Trial]:
        """Trials of a job by number.

        Parameters
        ----------
        job_id
            Whose trials.
        after
            Number of the last one that is known already; 0 begins at the first.
        limit
            How many at most.
        status
            Where they stand; None: anywhere.
        """
        known = stored_whole("after", min(after, LARGEST), least=0)
        return await self._trials.page(job_id, known, page_length(limit), status)

    async def sum_costs(self, job_id: str) -> list[CostSums]:
        """Add up what a job's trials used, by batch size and status, both in ascending order."""
        return await self._sums.costs(job_id)

    async def count_fleet(self) -> FleetCounts:
        """Count all jobs, and the trials that are under way."""
        return await self._sums.fleet()
