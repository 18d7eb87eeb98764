"""The use cases of the service: everything that training jobs and people may ask of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from simulator.errors import ExhaustedError, JobConflictError, UnknownJobError
from simulator.service.deciding import dispatching, lost, profiling, recording, registering, reporting
from simulator.service.deciding.desk import Desk
from simulator.service.deciding.memory import Memory
from simulator.service.deciding.policies import check_spec
from simulator.service.deciding.reader import Reader
from simulator.service.deciding.reporting import Usage
from simulator.service.layer.fetched import utc_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.database.database import Database
    from simulator.service.deciding.results import (
        Dispatched,
        RecordedRun,
        Registered,
        Reported,
    )
    from simulator.service.model import JobSpec, Trial
    from simulator.service.settings import Settings

__all__ = ["Dispatcher"]

T = TypeVar("T")

#: Jobs whose silent trials one sweep gives up.
SWEPT = 100


class Dispatcher(Reader):
    """Registers jobs, hands out their trials, and takes in what these came to.

    Every use case is one transaction that locks its job first, so any number of processes may serve one database.
    What is decided is decided by a policy of `simulator.policy` on state that is stored: a restart changes nothing, to
    the last bit.

    Parameters
    ----------
    database
        Where everything is kept.
    settings
        Leases, and how many policy states are kept in memory.
    clock
        What time it is, in UTC.
    """

    def __init__(self, database: Database, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(database, clock=clock)
        self._settings = settings
        self._memory = Memory(settings.cached_jobs)

    async def register(self, spec: JobSpec, *, key: str | None = None) -> Registered:
        """Register a job; an equal one that is registered already is answered as it stands.

        Parameters
        ----------
        spec
            The job. Without a ``job_id`` it gets one that begins with its prefix.
        key
            Idempotency key: the same request with the same key is answered with the same job.

        Raises
        ------
        JobConflictError
            If another job has this id.
        SpecError
            If its policy does not exist, cannot be made, or cannot serve live jobs.
        KeyReusedError
            If the key came with another job before.
        """
        check_spec(spec)
        try:
            return await self._write(lambda desk: registering.register(desk, spec, key))
        except JobConflictError:  # somebody was faster, perhaps with an equal job
            return await self._write(lambda desk: registering.register(desk, spec, key))

    async def dispatch(self, job_id: str, *, key: str | None = None, batch_size: int | None = None) -> Dispatched:
        """Hand out a trial.

        Parameters
        ----------
        job_id
            Whose.
        key
            Idempotency key: the same request with the same key is answered with the same trial.
        batch_size
            A size of the client's choice; None: the policy chooses.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        ExhaustedError
            If no batch size is left to choose: none reached the target at an affordable cost.
        BadValueError
            If the job has no such batch size.
        KeyReusedError
            If the key came with another request before.
        """
        outcome = await self._write(lambda desk: dispatching.dispatch(desk, job_id, key, batch_size))
        if isinstance(outcome, ExhaustedError):
            raise outcome
        return outcome

    async def report(
        self,
        job_id: str,
        batch_size: int | None,
        number: int,
        *,
        energy_j: float,
        time_s: float,
        metric: float,
        epoch: int,
    ) -> Reported:
        """Take in how a trial gets on, and say whether it shall stop.

        Parameters
        ----------
        job_id, batch_size, number
            Which trial; without a batch size the number is enough.
        energy_j, time_s
            What it has used up since it began [J, s].
        metric
            Validation metric. NaN is a metric that reaches no target.
        epoch
            Epochs done, from 1 on.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If its client has ended it.
        BadValueError
            If a number is negative, or not finite.
        """
        usage = Usage(energy_j=energy_j, time_s=time_s, metric=metric, epoch=epoch)
        return await self._write(lambda desk: reporting.report(desk, job_id, batch_size, number, usage))

    async def finish(
        self,
        job_id: str,
        number: int,
        *,
        energy_j: float,
        time_s: float,
        converged: bool,
        cost: float | None = None,
        epoch: int = 0,
    ) -> Reported:
        """Take in the outcome of a trial from a caller who knows it, as a replay does.

        Parameters
        ----------
        job_id, number
            Which trial.
        energy_j, time_s
            What it used up [J, s].
        converged
            Whether it reached the target at an affordable cost.
        cost
            What the policy is told [J]; None: the energy–time cost of energy and time.
        epoch
            Epochs done; 0: not known.

        Raises
        ------
        UnknownJobError, UnknownTrialError, TrialEndedError, BadValueError
            As `report` does.
        """
        usage = Usage(energy_j=energy_j, time_s=time_s, epoch=epoch)
        return await self._write(
            lambda desk: reporting.finish(desk, job_id, number, usage, converged=converged, cost=cost)
        )

    async def profile(self, job_id: str, number: int, measurements: Sequence[tuple[int, float, float]]) -> int:
        """Take in what an epoch takes at each power limit, and choose the limit of a trial.

        Parameters
        ----------
        job_id, number
            Which trial.
        measurements
            Triples of power limit [W], mean power of all its GPUs [W] and time of an epoch [s].

        Returns
        -------
        int
            The power limit [W] to train with.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If it has ended.
        BadValueError
            If the job has no power policy or no such limit, or a number is negative or not finite.
        """
        return await self._write(lambda desk: profiling.profile(desk, job_id, number, measurements))

    async def heartbeat(self, job_id: str, number: int) -> Trial:
        """Renew the lease of a trial that is silent for other reasons than death.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If its client has ended it.
        """
        return await self._write(lambda desk: reporting.heartbeat(desk, job_id, number))

    async def end(self, job_id: str, batch_size: int | None, number: int) -> Trial:
        """End a trial without a result; one that has ended stays as it is.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        """
        return await self._write(lambda desk: reporting.end(desk, job_id, batch_size, number))

    async def delete(self, job_id: str) -> None:
        """Delete a job and everything under it.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        """
        await self._write(lambda desk: registering.delete(desk, job_id))

    async def record(self, job_id: str, runs: Sequence[RecordedRun], *, key: str | None = None) -> list[Trial]:
        """Enter runs that took place without the service, so that the policy need not begin from nothing.

        The policy is asked, and runs are taken in the order in which it asks for their sizes; what it does not ask
        for it is told afterwards, in the order given.

        Returns
        -------
        list of Trial
            The trials, in the order in which the policy was told.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        BadValueError
            If a run has a batch size or power limit that is none of the job's, or a number is negative or not finite.
        """
        return await self._write(lambda desk: recording.record(desk, job_id, runs, key))

    async def expire(self) -> int:
        """Give up all trials that were silent for longer than their lease.

        Returns
        -------
        int
            How many.
        """
        now, expired = self._clock(), 0
        old = now - timedelta(seconds=self._settings.keeps_keys_s)
        await self._write(lambda desk: desk.layer.forget_keys(old, spared=recording.KEYS))
        silent = await self._read(lambda layer: layer.list_silent_jobs(now, limit=SWEPT))
        for job_id in silent:
            expired += await self._write(partial(_expire_job, job_id=job_id))
        return expired

    async def _write(self, use_case: Callable[[Desk], Awaitable[T]]) -> T:
        """Run a use case in one transaction, and store what it changed of the policy."""
        saved: list[tuple[str, int] | None] = []

        async def work(session: AsyncSession) -> T:
            desk = Desk(session, self._memory, self._settings, self._clock)
            result = await use_case(desk)
            await desk.save()
            saved.append(desk.saved)  # it may run more than once: the last time counts
            return result

        result = await self._database.run(work)
        if saved[-1] is not None:
            self._memory.confirm(*saved[-1])
        return result


async def _expire_job(desk: Desk, job_id: str) -> int:
    """Give up the silent trials of a job, which may have been deleted meanwhile."""
    try:
        await desk.open(job_id)
    except UnknownJobError:
        return 0
    return await lost.give_up_silent(desk)
