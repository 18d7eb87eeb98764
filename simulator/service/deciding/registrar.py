"""Jobs: registered, deleted, and rid of trials that are not heard of any more."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from simulator.errors import DatabaseError, JobConflictError, UnknownJobError
from simulator.service.deciding import lost, registering
from simulator.service.deciding.desk import Desk
from simulator.service.deciding.memory import Memory
from simulator.service.deciding.policies import check_spec
from simulator.service.deciding.reader import Reader
from simulator.service.deciding.recording import KEYS
from simulator.service.layer.fetched import utc_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.database.database import Database
    from simulator.service.deciding.results import Registered
    from simulator.service.layer import ServiceLayer
    from simulator.service.model import JobSpec
    from simulator.service.settings import Settings

__all__ = ["Registrar"]

T = TypeVar("T")

logger = logging.getLogger("simulator.service")

#: Jobs that are asked for at once in a sweep, and keys that are forgotten in one transaction.
SWEPT, FORGOTTEN = 100, 1000


class Registrar(Reader):
    """Registers jobs and deletes them; each use case is one transaction that locks its job first.

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

    async def delete(self, job_id: str) -> None:
        """Delete a job and everything under it.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        """
        await self._write(lambda desk: registering.delete(desk, job_id))

    async def expire(self) -> int:
        """Give up all trials that were silent for longer than their lease.

        Returns
        -------
        int
            How many.
        """
        now, expired, after = self._clock(), 0, ""
        await self._forget_keys(now - timedelta(seconds=self._settings.keeps_keys_s))
        while silent := await self._read(partial(_silent_jobs, now=now, after=after)):
            for job_id in silent:
                expired += await self._expire_job(job_id)
            after = silent[-1]
        return expired

    async def _forget_keys(self, old: datetime) -> None:
        """Forget all keys from before a moment, some in each transaction, so that nobody waits for long."""
        while await self._write(lambda desk: desk.layer.forget_keys(old, limit=FORGOTTEN, spared=KEYS)) == FORGOTTEN:
            pass

    async def _expire_job(self, job_id: str) -> int:
        """Give up the silent trials of a job; if its policy is broken, that is no matter of other jobs."""
        try:
            return await self._write(partial(_expire_job, job_id=job_id))
        except DatabaseError:
            raise
        except Exception:
            logger.exception("silent trials of job %r could not be given up", job_id)
            return 0

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


async def _silent_jobs(layer: ServiceLayer, *, now: datetime, after: str) -> list[str]:
    return await layer.list_silent_jobs(now, after=after, limit=SWEPT)


async def _expire_job(desk: Desk, job_id: str) -> int:
    """Give up the silent trials of a job, which may have been deleted meanwhile."""
    try:
        await desk.open(job_id)
    except UnknownJobError:
        return 0
    return await lost.give_up_silent(desk)
