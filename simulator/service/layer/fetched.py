"""What a session has fetched: one job, one trial, one arm."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.errors import BadOperationError
from simulator.service.layer.repositories.arms import Arms
from simulator.service.layer.repositories.jobs import Jobs
from simulator.service.layer.repositories.keys import Keys
from simulator.service.layer.repositories.policies import Policies
from simulator.service.layer.repositories.rewards import Rewards
from simulator.service.layer.repositories.sums import Sums
from simulator.service.layer.repositories.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.model import Arm, Job, Trial

__all__ = ["Fetched", "utc_now"]


def utc_now() -> datetime:
    """Tell the time in UTC."""
    return datetime.now(UTC)


class Fetched:
    """Repositories of one session, and what was fetched from them last.

    Parameters
    ----------
    session
        An open session.
    clock
        What time it is, in UTC.
    """

    def __init__(self, session: AsyncSession, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._jobs, self._trials, self._arms = Jobs(session), Trials(session), Arms(session)
        self._policies, self._rewards = Policies(session), Rewards(session)
        self._sums, self._keys = Sums(session), Keys(session)
        self._job: Job | None = None
        self._trial: Trial | None = None
        self._arm: Arm | None = None

    def _fetched_job(self, job_id: str) -> Job:
        if self._job is None or self._job.job_id != job_id:
            raise BadOperationError(f"job {job_id!r} was not fetched in this session; call get_job first")
        return self._job

    def _fetched_trial(self, job_id: str, batch_size: int | None, number: int) -> Trial:
        trial = self._trial
        if (
            trial is None
            or (trial.job_id, trial.number) != (job_id, number)
            or batch_size not in (None, trial.batch_size)
        ):
            of_size = "" if batch_size is None else f" of batch size {batch_size}"
            raise BadOperationError(
                f"trial {number}{of_size} of job {job_id!r} was not fetched in this session; call get_trial first"
            )
        return trial
