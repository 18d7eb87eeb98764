"""One transaction on one job: what was read, and what has to be written before it is committed."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.errors import JobConflictError, KeyReusedError, UnknownJobError
from simulator.policy.history import History
from simulator.service.deciding.found import find_job, find_trial
from simulator.service.deciding.live import LivePolicy
from simulator.service.layer import ServiceLayer
from simulator.service.model import Ending, TrialStatus, TrialType

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.deciding.memory import Memory, Remembered
    from simulator.service.model import Job, Trial
    from simulator.service.settings import Settings

__all__ = ["Desk"]


class Desk:
    """A job on the table: locked, with its policy at hand once that is needed.

    Parameters
    ----------
    session
        An open session in a transaction that writes.
    memory
        What this process remembers of policies.
    settings
        How long leases are.
    clock
        What time it is, in UTC.
    """

    def __init__(
        self, session: AsyncSession, memory: Memory, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self.layer = ServiceLayer(session, clock=clock)
        self.memory = memory
        self.now = clock()
        self._settings = settings
        #: Whether the policy has nothing left to choose.
        self.exhausted = False
        #: Which revision of which job is in memory, once that is so.
        self.saved: tuple[str, int] | None = None
        self._job: Job | None = None
        self._n_observed = 0
        self._live: LivePolicy | None = None

    @property
    def job(self) -> Job:
        """The job as it was when it was opened."""
        if self._job is None:
            raise UnknownJobError("no job was opened")
        return self._job

    async def open(self, job_id: str) -> Job:
        """Fetch a job, and let no other transaction have it before this one is over.

        Raises
        ------
        UnknownJobError
            If there is none.
        """
        job = await find_job(self.layer, job_id, lock=True)
        self._job, self._n_observed, self.exhausted = job, job.n_observed, job.exhausted
        return job

    async def trial(self, batch_size: int | None, number: int) -> Trial:
        """Fetch a trial of the job.

        Raises
        ------
        UnknownTrialError
            If there is none of this number and batch size.
        """
        return await find_trial(self.layer, self.job, batch_size, number)

    def lease_until(self) -> datetime:
        """Until when a trial that was heard of just now may be silent."""
        lease_s = self.job.spec.lease_s
        return self.now + timedelta(seconds=self._settings.lease_s if lease_s is None else lease_s)

    async def live(self) -> LivePolicy:
        """Policy of the job, from memory if that is as new as what is stored."""
        if self._live is None:
            remembered = self.memory.take(self.job.job_id)
            if remembered is not None and remembered.revision == self.job.revision:
                self._live = remembered.policy
            else:
                self._live = await self._load(remembered)
        return self._live

    async def _load(self, stale: Remembered | None) -> LivePolicy:
        """Read the policy; of its rewards, which are only ever added to, those that a stale copy lacks."""
        job = self.job
        known = stale.policy.rewards if stale is not None and await self._is_of_this_job(stale) else None
        rewards = known or History(len(job.spec.batch_sizes))
        since = [rewards.count(position) for position in range(rewards.n)] if known else None
        for position, values in enumerate(await self.layer.get_rewards(job.job_id, since=since)):
            rewards.extend(position, values)
        rows = await self.layer.get_policy_rows(job.job_id)
        return LivePolicy(job, rows, await self.layer.get_arms(job.job_id), rewards)

    async def _is_of_this_job(self, stale: Remembered) -> bool:
        """Whether what a copy knows was stored of this job, rather than of a deleted one of its name."""
        if not stale.committed or stale.number == 0:
            return False
        found = await self.layer.list_trials(self.job.job_id, after=stale.number - 1, limit=1)
        return bool(found) and found[0].number == stale.number

    async def observe(
        self, batch_size: int, cost: float, *, converged: bool, kind: TrialType, number: int = 0
    ) -> tuple[int | None, TrialType]:
        """Tell the policy a result.

        A trial of the size that is awaited, though it was not handed out as the exploration, becomes it, and the
        exploration under way becomes one of those beside: so there is one at a time.

        Parameters
        ----------
        batch_size, cost, converged
            The result.
        kind, number
            Type of the trial that has it, and its number if it is stored already.

        Returns
        -------
        int or None
            Which of the results that the policy was told this is; None if it did not take it in.
        TrialType
            Type that the trial has now.
        """
        live = await self.live()
        awaited = live.awaited()
        if not live.learn(batch_size, cost, converged=converged):
            return None, kind
        self._n_observed += 1
        if awaited != batch_size:
            return self._n_observed, kind
        running = await self.layer.get_running_exploration(self.job.job_id)
        if running is not None and running.number != number:
            await self.retype(running, TrialType.CONCURRENT)
        return self._n_observed, TrialType.EXPLORATION

    async def tell(self, trial: Trial, cost: float, *, converged: bool) -> int | None:
        """Tell the policy what a trial came to, as `observe` does."""
        observation, kind = await self.observe(
            trial.batch_size, cost, converged=converged, kind=trial.type, number=trial.number
        )
        if kind is not trial.type:
            await self.retype(trial, kind)
        elif kind is TrialType.EXPLORATION:  # another one may have been retyped, and is the one fetched last
            await self.trial(None, trial.number)
        return observation

    async def retype(self, trial: Trial, kind: TrialType) -> None:
        """Change the type of a trial; it is the one fetched last afterwards."""
        await self.trial(None, trial.number)
        await self.layer.update_trial_type(trial.job_id, trial.number, kind)

    async def revive(self, trial: Trial) -> Trial:
        """Let a trial that was given up go on, since it is heard of again; any other stays as it is.

        It explores again only if its result is still awaited, and nobody else has taken over.
        """
        if trial.status is not TrialStatus.FAILED or trial.ending is not Ending.EXPIRED:
            return trial
        kind = trial.type
        if kind is TrialType.EXPLORATION:
            live = await self.live()
            running = await self.layer.get_running_exploration(trial.job_id)
            if live.awaited() != trial.batch_size or running is not None:
                kind = TrialType.CONCURRENT
        return await self.layer.revive_trial(trial.job_id, trial.number, type=kind, lease_until=self.lease_until())

    async def save(self) -> None:
        """Store what changed of the policy, and remember the policy as of then; the last thing to be done."""
        if self._live is None:
            return
        changes, job = self._live.changes(), self.job
        exhausted = None if self.exhausted == job.exhausted else self.exhausted
        if changes or exhausted is not None or self._n_observed != job.n_observed:
            self._job = job = await self.layer.update_policy(
                job.job_id,
                revision=secrets.randbits(63),
                state=changes.state,
                generator=changes.generator,
                power=changes.power,
                n_observed=self._n_observed,
                exhausted=exhausted,
            )
            await self.layer.put_arms(changes.arms)
            await self.layer.append_rewards(job.job_id, changes.rewards)
        self.memory.put(job.job_id, job.revision, self._live, number=job.last_trial_number)
        self.saved = (job.job_id, job.revision)

    async def answered(self, scope: str, key: str | None, fingerprint: str) -> Any:
        """Find what the same request was answered before; None if it is the first.

        Raises
        ------
        KeyReusedError
            If the key came with another request.
        """
        if key is None:
            return None
        stored = await self.layer.find_key(scope, key)
        if stored is None:
            return None
        if stored.fingerprint != fingerprint:
            raise KeyReusedError(
                "this idempotency key came with another request before; use a new key for a new request"
            )
        return stored.answer

    async def answer(self, scope: str, key: str | None, fingerprint: str, answer: Any) -> None:
        """Store the answer to a request that has a key.

        Raises
        ------
        JobConflictError
            If the same request was answered meanwhile, so that this one must not be carried out.
        """
        if key is None:
            return
        if not await self.layer.remember_key(scope, key, fingerprint=fingerprint, answer=answer):
            raise JobConflictError("a request with this idempotency key was answered at the same time; send it again")
