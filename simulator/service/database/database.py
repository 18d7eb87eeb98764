"""Transactions on the service's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Database"]

T = TypeVar("T")


class Database:
    """A database that is open."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[self.dialect]
        self._engine = create_async_engine(parsed.set(drivername=driver))
        if self.dialect == "sqlite":
            event.listen(self._engine.sync_engine, "connect", _prepare)
            event.listen(self._engine.sync_engine, "begin", lambda one: one.exec_driver_sql("BEGIN IMMEDIATE"))

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in a write transaction, and commit it."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            return await work(session)

    async def read(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` on a consistent snapshot."""
        async with AsyncSession(self._engine) as session, session.begin():
            return await work(session)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def _prepare(connection, _record) -> None:  # type: ignore[no-untyped-def]  # both are of the driver
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
