"""Methods that read the results that a job's policy rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.service.layer.checks import LARGEST
from simulator.service.layer.fetched import Fetched

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.model import Trial

__all__ = ["ResultMethods"]


class ResultMethods(Fetched):
    """Results of a session's jobs."""

    async def get_explorations_of_job(self, job_id: str) -> dict[int, list[Trial]]:
        """Trials of type Exploration that did not fail, by batch size, both in ascending order.

        Batch sizes without one are left out.
        """
        found: dict[int, list[Trial]] = {}
        for trial in await self._trials.explorations(job_id):
            found.setdefault(trial.batch_size, []).append(trial)
        return found

    async def get_trial_results_of_bs(self, job_id: str, batch_size: int) -> list[Trial]:
        """Latest trials of a batch size that succeeded, newest first: as many as the job's window holds, 0 means all.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        """
        job = self._fetched_job(job_id)
        if not 1 <= batch_size <= LARGEST:
            return []
        return await self._trials.succeeded(job_id, batch_size, job.spec.window_size)

    async def get_running_exploration(self, job_id: str) -> Trial | None:
        """Read the exploration that is under way; None if none is."""
        return await self._trials.running_exploration(job_id)

    async def get_last_failure(self, job_id: str, batch_size: int, *, by: datetime | None = None) -> Trial | None:
        """Read the latest of the trials of a batch size that failed in a row.

        A trial that succeeded ends the row, and so does a failed one that the policy was told of.

        Parameters
        ----------
        job_id, batch_size
            Whose trials.
        by
            The moment by which it had ended; None: whenever.

        Returns
        -------
        Trial or None
            None if the row is empty.
        """
        return await self._trials.last_failure(job_id, batch_size, by) if batch_size <= LARGEST else None
