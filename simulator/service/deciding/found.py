"""Jobs and trials by their names: found, or said to be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import UnknownJobError, UnknownTrialError

if TYPE_CHECKING:
    from simulator.service.layer import ServiceLayer
    from simulator.service.model import Job, Trial

__all__ = ["find_job", "find_trial"]


async def find_job(layer: ServiceLayer, job_id: str, *, lock: bool = False) -> Job:
    """Fetch a job, and let no other transaction have it before this one is over if ``lock`` says so.

    Raises
    ------
    UnknownJobError
        If there is none.
    """
    job = await layer.get_job(job_id, lock=lock)
    if job is None:
        raise UnknownJobError(f"no job is called {job_id!r}; register it first")
    return job


async def find_trial(layer: ServiceLayer, job: Job, batch_size: int | None, number: int) -> Trial:
    """Fetch a trial of a job; without a batch size the number is enough.

    Raises
    ------
    UnknownTrialError
        If there is none of this number and batch size.
    """
    trial = await layer.get_trial(job.job_id, batch_size, number) if number > 0 else None
    if trial is None:
        of_size = "" if batch_size is None else f" of batch size {batch_size}"
        raise UnknownTrialError(
            f"job {job.job_id!r} has no trial {number}{of_size}; its latest is {job.last_trial_number}"
        )
    return trial
