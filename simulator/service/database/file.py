"""Transactions on a file of SQLite."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.errors import DatabaseError
from simulator.service.database.errand import Errand, Errands
from simulator.service.database.threads import Reader, Writer

if TYPE_CHECKING:
    import threading
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.database.address import Address

__all__ = ["File"]

T = TypeVar("T")

#: Threads that read; they take turns at Python anyway.
READERS = 2


class File:
    """A file, the thread that writes it, and those that read it; they start when they are first needed.

    Works wait in a queue of this process, first come, first served, instead of asking the file for its lock again and
    again; and no statement of theirs has to travel between threads.
    """

    def __init__(self, address: Address, *, patience_s: float) -> None:
        self._address = address
        self._to_write: Errands = Errands()
        self._to_read: Errands = Errands()
        self._threads: list[threading.Thread] = []
        self._patience_s = patience_s
        self._is_closed = False

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a work in a write transaction; see `Database.run`."""
        value: T = await self._ask(self._to_write, work)
        return value

    async def read(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a work on a snapshot; see `Database.read`."""
        value: T = await self._ask(self._to_read, work)
        return value

    def _ask(self, errands: Errands, work: Callable[[AsyncSession], Awaitable[Any]]) -> asyncio.Future[Any]:
        if self._is_closed:
            raise DatabaseError(f"{self._address.shown} was closed; open it again")
        if not self._threads:
            self._start()
        errand = Errand(work)
        errands.put(errand)
        return errand.future

    def _start(self) -> None:
        readers = [Reader(self._address, self._to_read, patience_s=self._patience_s) for _ in range(READERS)]
        self._threads = [Writer(self._address, self._to_write, patience_s=self._patience_s), *readers]
        for thread in self._threads:
            thread.start()

    async def close(self) -> None:
        """Finish what was asked for, and close the connections."""
        self._is_closed = True
        threads, self._threads = self._threads, []
        if threads:
            self._to_write.put(None)
            for _ in range(READERS):
                self._to_read.put(None)
        for thread in threads:
            await asyncio.to_thread(thread.join)
