"""Transactions on a server of PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from types import coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only

from simulator.errors import DatabaseError, ExtraMissingError
from simulator.service.database.refusals import (
    UNKNOWN_OUTCOME,
    code_of,
    is_refusal,
    is_worth_another_try,
    refusal,
    root,
)
from simulator.service.database.sessions import InlineSession, plain_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

    from simulator.service.database.address import Address

__all__ = ["Server", "engine_of"]

T = TypeVar("T")

#: How often a work is run, all in all, if others are in its way or its connection breaks before the commit.
TRIES = 8

#: How long to wait before the second run at most [s]; it doubles from run to run.
PAUSE_S = 0.02

#: How long a connection may take [s].
CONNECT_S = 10.0

#: A transaction whose host has vanished gives its locks back after this [s].
IDLE_S = 60.0

SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def engine_of(address: Address, **options: Any) -> AsyncEngine:
    """Return an engine for a server.

    Raises
    ------
    ExtraMissingError
        If its driver is not installed.
    """
    try:
        return create_async_engine(address.url, hide_parameters=True, **options)
    except ModuleNotFoundError as error:
        raise ExtraMissingError(
            f"PostgreSQL needs {error.name}, not installed here; pip install 'trace-simulator[service]'"
        ) from None


class Server:
    """A server and a pool of connections to it."""

    def __init__(self, address: Address, *, pool_size: int, patience_s: float) -> None:
        self._address = address
        self._patience_s = patience_s
        self._pool_size = pool_size
        self._free = asyncio.Semaphore(pool_size)  # first come, first served, which the pool does not promise
        self._engine = engine_of(
            address,
            pool_size=pool_size,
            max_overflow=0,  # connections beyond would be closed again at once
            pool_timeout=patience_s,
            connect_args={
                "timeout": CONNECT_S,
                "server_settings": {
                    "application_name": "simulator serve",
                    "idle_in_transaction_session_timeout": str(round(IDLE_S * 1000)),
                    # Plans stay with connections: one made while a table was small would go on reading all of it.
                    "enable_seqscan": "off",
                    "jit": "off",  # no statement of the service is worth compiling
                    "lock_timeout": str(round(patience_s * 1000)),
                    "timezone": "UTC",
                },
            },
        )

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a work in a write transaction; see `Database.run`."""
        return await self._insist(lambda: self._write(work))

    async def read(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a work on a snapshot; see `Database.read`."""
        return await self._insist(lambda: self._look(work))

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    async def _insist(self, transact: Callable[[], Awaitable[T]]) -> T:
        """Run a transaction until it is through, or another try makes no sense."""
        for number in range(1, TRIES + 1):
            try:
                await self._wait_for_a_connection()
                try:
                    return await transact()
                finally:
                    self._free.release()
            except Exception as error:
                if number < TRIES and is_worth_another_try(error):
                    await asyncio.sleep(random.uniform(0, PAUSE_S * 2**number))  # noqa: S311  # nothing secret
                    continue
                raise self._explained(error) from None
        raise AssertionError("unreachable: the last try returns or raises")

    async def _wait_for_a_connection(self) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseError(
                f"{self._address.shown}: all {self._pool_size} connections have been in use for {self._patience_s:g} "
                "s; start more workers, or see what holds the database up"
            ) from None

    async def _write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self._engine.connect() as connection:
            value = await connection.run_sync(partial(_run, work))
            try:
                await connection.commit()
            except DBAPIError as error:
                raise self._after_commit(error) from None
            return value

    async def _look(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self._engine.connect() as connection:
            await connection.execution_options(**SNAPSHOT)
            return await connection.run_sync(partial(_run, work))

    def _after_commit(self, error: DBAPIError) -> Exception:
        """Tell a transaction that was refused, and may be run again, from one of which nobody knows."""
        if is_worth_another_try(error) and not code_of(root(error)).startswith("40"):
            return DatabaseError(UNKNOWN_OUTCOME.format(shown=self._address.shown))
        return error

    def _explained(self, error: BaseException) -> BaseException:
        error = plain_error(error)
        if isinstance(error, DatabaseError) or not is_refusal(error):
            return error
        return refusal(error, self._address, patience_s=self._patience_s)


def _run(work: Callable[[AsyncSession], Awaitable[T]], connection: Connection) -> T:
    """Run a work whose statements wait for the server by themselves: one change of context, not one for each."""
    connection.begin()
    session = InlineSession(connection)
    try:
        value = _driven(work(session))
        session.sync_session.flush()
    finally:
        session.sync_session.close()
    return value


def _driven(work: Awaitable[T]) -> T:
    """Run a work to its end; what it waits for, as in a savepoint's begin, the event loop waits for."""
    steps = work.__await__()
    step = partial(next, steps)
    while True:
        try:
            awaited = step()
        except StopIteration as end:
            value: T = end.value
            return value
        step = partial(next, steps)
        try:
            await_only(_passed_on(awaited))
        except BaseException as error:  # such as a cancellation
            step = partial(steps.throw, error)


@coroutine
def _passed_on(awaited: Any) -> Generator[Any, Any, None]:
    yield awaited
