"""Methods about trials: handed out, fetched, brought to their end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.errors import BadOperationError, BadValueError
from simulator.service.layer.checks import LARGEST, stored_whole
from simulator.service.layer.drafts import new_trial, with_progress, with_result
from simulator.service.layer.fetched import Fetched
from simulator.service.model import Ending, Origin, TrialStatus

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.model import Trial, TrialType

__all__ = ["TrialMethods"]


class TrialMethods(Fetched):
    """Trials of a session."""

    async def get_trial(self, job_id: str, batch_size: int | None, number: int) -> Trial | None:
        """Fetch a trial, and remember it.

        Parameters
        ----------
        job_id
            Whose trial.
        batch_size
            Its batch size, above 0; None: whichever it has.
        number
            Its number, above 0.

        Returns
        -------
        Trial or None
            None if there is none of this number and batch size; what was remembered before stays remembered.

        Raises
        ------
        BadValueError
            If the batch size or the number is not a whole number above 0.
        """
        if batch_size is not None:
            batch_size = stored_whole("batch_size", batch_size, least=1, most=None)
        number = stored_whole("number", number, least=1, most=None)
        trial = await self._trials.get(job_id, number) if number <= LARGEST else None
        if trial is None or batch_size not in (None, trial.batch_size):
            return None
        self._trial = trial
        return trial

    async def create_trial(
        self,
        job_id: str,
        type: TrialType,  # noqa: A002  (the field's name)
        batch_size: int,
        *,
        reason: str,
        lease_until: datetime,
        power_limit_w: int | None = None,
    ) -> Trial:
        """Hand out the job's next trial. It does not count as fetched.

        Parameters
        ----------
        job_id
            Whose trial.
        type
            Why it has its batch size.
        batch_size
            One of the job's.
        reason
            The same, in words for people.
        lease_until
            Until when it may be silent.
        power_limit_w
            Power limit that it runs with [W].

        Returns
        -------
        Trial
            The trial, Dispatched, with the number after the job's last one.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If the batch size is none of the job's, or another value cannot be stored.
        """
        trial = new_trial(
            self._fetched_job(job_id),
            type,
            batch_size,
            reason,
            started_at=self._clock(),
            lease_until=lease_until,
            power_limit_w=power_limit_w,
        )
        return await self._add(trial)

    async def record_trial(
        self,
        job_id: str,
        type: TrialType,  # noqa: A002  (the field's name)
        batch_size: int,
        *,
        reason: str,
        energy_j: float,
        time_s: float,
        converged: bool,
        cost: float | None = None,
        epoch: int = 0,
        metric: float | None = None,
        power_limit_w: int | None = None,
        observation: int | None = None,
        origin: Origin = Origin.UNKNOWN,
    ) -> Trial:
        """Enter a trial that ran elsewhere: as `create_trial` and `update_trial` at once.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If the batch size is none of the job's, or another value cannot be stored.
        """
        job, now = self._fetched_job(job_id), self._clock()
        trial = new_trial(job, type, batch_size, reason, started_at=now, lease_until=now, power_limit_w=power_limit_w)
        trial = with_result(trial, job, energy_j, time_s, cost, converged)
        trial = with_progress(trial, epoch, metric, observation)
        trial = replace(trial, status=TrialStatus.SUCCEEDED, ending=Ending.RECORDED, origin=origin, ended_at=now)
        added = await self._add(trial)
        await self._lower_cost(added)
        return added

    async def update_trial(
        self,
        job_id: str,
        batch_size: int | None,
        number: int,
        *,
        status: TrialStatus,
        ending: Ending | None = None,
        energy_j: float | None = None,
        time_s: float | None = None,
        converged: bool | None = None,
        cost: float | None = None,
        epoch: int | None = None,
        metric: float | None = None,
        observation: int | None = None,
        origin: Origin = Origin.LIVE,
    ) -> Trial:
        """Bring a trial to its end, and lower the job's lowest cost if the trial converged for less.

        Parameters
        ----------
        job_id, batch_size, number
            Which trial; see `get_trial`.
        status
            Succeeded, or Failed: then no result is stored, and what it used up so far stays.
        ending
            How it ended; None: reported if it succeeded, ended by its client if it failed.
        energy_j, time_s
            What it used up [J, s].
        converged
            Whether it reached the target within its bound.
        cost
            What that costs [J]; None: η·energy + (1−η)·MAXPOWER·time.
        epoch, metric
            Latest epoch, None if it is not known, and its metric, None if it was no finite number.
        observation
            Which of the results that the policy was told this is; None if it was not told of this end.
        origin
            Where its result comes from; not used if it failed.

        Returns
        -------
        Trial
            The trial as stored.

        Raises
        ------
        BadOperationError
            If the trial was not fetched, or is no longer Dispatched; if it succeeded and its job was not fetched.
        BadValueError
            If it succeeded without energy, time or outcome; if a value cannot be stored.
        """
        trial = self._fetched_trial(job_id, batch_size, number)
        if trial.status != TrialStatus.DISPATCHED:
            raise BadOperationError(_ended(trial))
        status = TrialStatus(status)
        if status == TrialStatus.DISPATCHED:
            raise BadValueError("status is Dispatched; a trial ends as Succeeded or Failed")
        if status == TrialStatus.SUCCEEDED:
            job = self._fetched_job(job_id)
            ended = with_result(trial, job, energy_j, time_s, cost, converged)
            ended = with_progress(ended, trial.epoch if epoch is None else epoch, metric, observation)
            ended, ending = replace(ended, origin=origin), ending or Ending.REPORTED
        else:
            ended = with_progress(trial, trial.epoch, trial.metric, observation)
            ending = ending or Ending.ENDED
        ended = replace(ended, status=status, ending=ending, ended_at=self._clock())
        await self._end(ended)
        if status == TrialStatus.SUCCEEDED:
            await self._lower_cost(ended)
        return ended

    async def _add(self, trial: Trial) -> Trial:
        number = await self._jobs.next_number(trial.job_id)
        if number is None:
            raise BadOperationError(f"job {trial.job_id!r} was deleted since it was fetched")
        self._job = replace(self._fetched_job(trial.job_id), last_trial_number=number)
        trial = replace(trial, number=number)
        await self._trials.add(trial)
        return trial

    async def _end(self, ended: Trial) -> None:
        """Store how a trial ended, unless another session was first."""
        changes = {name: getattr(ended, name) for name in _ENDING}
        if not await self._trials.change(ended, TrialStatus.DISPATCHED, changes):
            raise BadOperationError(_ended(ended))
        self._trial = ended

    async def _lower_cost(self, trial: Trial) -> None:
        job = self._fetched_job(trial.job_id)
        if not trial.converged or trial.cost is None or (job.min_cost is not None and job.min_cost <= trial.cost):
            return
        if await self._jobs.lower_cost(job.job_id, trial.cost, trial.batch_size):
            self._job = replace(job, min_cost=trial.cost, min_cost_batch_size=trial.batch_size)


#: What the end of a trial changes.
_ENDING = (
    "status",
    "ending",
    "epoch",
    "energy_j",
    "time_s",
    "metric",
    "cost",
    "converged",
    "observation",
    "ended_at",
    "origin",
)


def _ended(trial: Trial) -> str:
    return f"trial {trial.number} of job {trial.job_id!r} has ended already; its result stays as it is"
