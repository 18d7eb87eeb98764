"""Methods about trials under way: they are heard of, fall silent, come back, change places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.errors import BadOperationError
from simulator.service.layer.checks import page_length, stored_moment, stored_real, stored_whole
from simulator.service.layer.fetched import Fetched
from simulator.service.model import Ending, TrialStatus

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.model import Trial, TrialType

__all__ = ["LeaseMethods"]


class LeaseMethods(Fetched):
    """Trials of a session that are under way, or were lost."""

    async def renew_trial(
        self,
        job_id: str,
        batch_size: int | None,
        number: int,
        *,
        lease_until: datetime,
        epoch: int | None = None,
        energy_j: float = 0.0,
        time_s: float = 0.0,
        metric: float | None = None,
    ) -> Trial:
        """Let a trial be silent for longer, and store how far it got.

        Parameters
        ----------
        job_id, batch_size, number
            Which trial; see `get_trial`.
        lease_until
            Until when it may be silent.
        epoch
            Latest epoch; None for a heartbeat, which leaves all four as they are.
        energy_j, time_s, metric
            What it used up so far [J, s], and the epoch's metric, None if that is no finite number.

        Raises
        ------
        BadOperationError
            If the trial was not fetched, or is no longer Dispatched.
        BadValueError
            If a value cannot be stored.
        """
        trial = self._fetched_trial(job_id, batch_size, number)
        changes: dict[str, Any] = {"lease_until": stored_moment("lease_until", lease_until)}
        if epoch is not None:
            changes |= {
                "epoch": stored_whole("epoch", epoch, least=0),
                "energy_j": stored_real("energy_j", energy_j, least=0),
                "time_s": stored_real("time_s", time_s, least=0),
                "metric": None if metric is None else stored_real("metric", metric),
            }
        return await self._change(trial, TrialStatus.DISPATCHED, **changes)

    async def update_power_limit(self, job_id: str, number: int, power_limit_w: int) -> Trial:
        """Store the power limit [W] that a trial goes on with.

        Raises
        ------
        BadOperationError
            If the trial was not fetched, or is no longer Dispatched.
        BadValueError
            If the limit is not a whole number above 0.
        """
        trial = self._fetched_trial(job_id, None, number)
        limit_w = stored_whole("power_limit_w", power_limit_w, least=1)
        return await self._change(trial, TrialStatus.DISPATCHED, power_limit_w=limit_w)

    async def expire_trials(self, job_id: str, now: datetime) -> list[Trial]:
        """Fail the trials of a job that were silent for longer than they may, and say which, by number.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        """
        self._fetched_job(job_id)
        expired = await self._trials.expire(job_id, stored_moment("now", now), self._clock())
        for trial in expired:
            self._refresh(trial)
        return expired

    async def list_silent_jobs(self, now: datetime, *, after: str = "", limit: int = 100) -> list[str]:
        """Names of jobs that have trials to expire, in order from behind one on, so many at most."""
        return await self._trials.silent_jobs(stored_moment("now", now), after, page_length(limit))

    async def revive_trial(self, job_id: str, number: int, *, type: TrialType, lease_until: datetime) -> Trial:  # noqa: A002  (the field's name)
        """Let a trial that expired go on, as the type that it has now.

        If the policy was told of it as lost, that stays noted until it is told of its result.

        Raises
        ------
        BadOperationError
            If the trial was not fetched, or did not expire: work that its client ended stays ended.
        """
        trial = self._fetched_trial(job_id, None, number)
        if trial.ending != Ending.EXPIRED:
            raise BadOperationError(f"trial {number} of job {job_id!r} did not expire, and cannot be revived")
        return await self._change(
            trial,
            TrialStatus.FAILED,
            status=TrialStatus.DISPATCHED,
            ending=None,
            ended_at=None,
            cost=None,
            converged=None,
            type=type,
            lease_until=stored_moment("lease_until", lease_until),
        )

    async def note_observation(self, job_id: str, number: int, observation: int, *, cost: float | None = None) -> Trial:
        """Store that the policy was told of a trial that failed: as which result, and at what cost, not converged.

        Raises
        ------
        BadOperationError
            If the trial was not fetched, or did not fail.
        """
        trial = self._fetched_trial(job_id, None, number)
        count = stored_whole("observation", observation, least=1)
        return await self._change(
            trial,
            TrialStatus.FAILED,
            observation=count,
            converged=False,
            cost=None if cost is None else stored_real("cost", cost, least=0),
        )

    async def update_trial_type(self, job_id: str, number: int, type: TrialType) -> Trial:  # noqa: A002  (as above)
        """Store another type of a trial, whatever its status is.

        Raises
        ------
        BadOperationError
            If the trial was not fetched.
        """
        trial = self._fetched_trial(job_id, None, number)
        await self._trials.retype(job_id, number, type)
        self._trial = replace(trial, type=type)
        return self._trial

    async def _change(self, trial: Trial, expected: TrialStatus, **changes: Any) -> Trial:
        if trial.status != expected or not await self._trials.change(trial, expected, changes):
            raise BadOperationError(f"trial {trial.number} of job {trial.job_id!r} is not {expected.value}")
        self._trial = replace(trial, **changes)
        return self._trial

    def _refresh(self, trial: Trial) -> None:
        if self._trial is not None and (self._trial.job_id, self._trial.number) == (trial.job_id, trial.number):
            self._trial = trial
