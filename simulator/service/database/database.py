"""The service's database: where all its transactions are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from simulator.service.database.address import Address
from simulator.service.database.file import File
from simulator.service.database.server import Server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Database"]

T = TypeVar("T")


class Database:
    """A database that is open, for any number of tasks of one event loop.

    Parameters
    ----------
    url
        ``sqlite:///file`` or ``postgresql://user:password@host/name``; its tables must be there, see
        `simulator.service.database.versions`.
    pool_size
        Connections to a server at most; nothing to a file.
    patience_s
        How long to wait for others that hold what is needed, or for a connection [s].

    Raises
    ------
    DatabaseError
        If the URL names no database that the service knows.
    """

    def __init__(self, url: str, *, pool_size: int = 10, patience_s: float = 30.0) -> None:
        self._address = Address.parse(url)
        self._place: File | Server
        if self._address.dialect == "sqlite":
            self._place = File(self._address, patience_s=patience_s)
        else:
            self._place = Server(self._address, pool_size=pool_size, patience_s=patience_s)

    @property
    def dialect(self) -> str:
        """Its kind: ``sqlite`` or ``postgresql``."""
        return self._address.dialect

    @property
    def shown(self) -> str:
        """Its URL for people, without password."""
        return self._address.shown

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a work in one transaction that may write, and return what it returned once that is committed.

        A work that raises is undone, and its error raised here. A work may be run more than once before one of its
        runs is committed, so it must leave no trace outside its session, and it must await nothing but the session: on
        SQLite all works run in one thread, one after another. It must not commit, but may use savepoints.

        Parameters
        ----------
        work
            A function of a session.

        Raises
        ------
        DatabaseError
            If the database fails, or stays locked. Nothing of the work was stored then; only if the connection broke
            during the commit is the outcome unknown, and the error says so.
        """
        return await self._place.run(work)

    async def read(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a work that only reads, on one snapshot of the database; it waits for nobody who writes.

        Raises
        ------
        DatabaseError
            If the database fails, or the work writes.
        """
        return await self._place.read(work)

    async def close(self) -> None:
        """End what is being done, and close all connections."""
        await self._place.close()
