"""Threads that run works on a file of SQLite: one that writes, some that read."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.errors import DatabaseError
from simulator.service.database.errand import Errand, Errands, answer
from simulator.service.database.refusals import is_refusal, refusal
from simulator.service.database.sessions import InlineSession, completed, plain_error
from simulator.service.database.sqlite import KEEP, SAVEPOINT, UNDO, engine_of
from simulator.service.database.turn import Turn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from simulator.service.database.address import Address

__all__ = ["Reader", "Writer"]

#: How long works may be gathered for one commit [s], and how many: who came first waits for those who came later.
GATHERS_S, GATHERS = 0.005, 64


class _NotBegunError(Exception):
    """No transaction can be begun, for this work or another."""


class _Thread(threading.Thread):
    """A thread with a connection of its own, opened when it is first needed.

    Parameters
    ----------
    address
        The file.
    errands
        Where errands come from.
    patience_s
        How long to wait for other programs that write [s].
    """

    #: What a new connection is told.
    first: ClassVar[str]

    def __init__(self, address: Address, errands: Errands, *, patience_s: float) -> None:
        super().__init__(name=f"database-{type(self).__name__.lower()}", daemon=True)
        self._address = address
        self._errands = errands
        self._patience_s = patience_s
        self._engine = engine_of(address, patience_s=patience_s, ruled=True)
        self._opened: Connection | None = None
        self._session: InlineSession | None = None
        self._file: tuple[int, int] | None = None

    def run(self) -> None:
        """Serve errands until told to end."""
        try:
            while (errand := self._errands.get()) is not None:
                self._serve(errand)
        finally:
            self._close()

    def _serve(self, errand: Errand) -> None:
        raise NotImplementedError

    def _connection(self) -> tuple[Connection, sqlite3.Connection]:
        """Return the connection: SQLAlchemy's for works, the driver's for transactions."""
        file = self._address.which_file()
        if file != self._file:
            self._close()  # it was removed or replaced: what is written to the old one is lost
        is_new = self._opened is None
        if self._opened is None:
            self._opened, self._file = self._engine.connect(), file
        driver: Any = self._opened.connection.driver_connection
        if is_new:
            driver.execute(self.first)
        return self._opened, driver

    def _close(self) -> None:
        if self._opened is None:
            return
        driver: Any = self._opened.connection.driver_connection
        with contextlib.suppress(sqlite3.Error):
            driver.execute("ROLLBACK")
        self._opened.close()
        self._opened = self._session = None

    def _run(self, errand: Errand, connection: Connection) -> None:
        """Run a work inside the transaction that has begun, and note what came of it."""
        if not connection.in_transaction():
            connection.begin()
        if self._session is None:
            self._session = InlineSession(connection)
        try:
            errand.value = completed(errand.work, self._session)
            self._session.sync_session.flush()
        finally:
            self._session.sync_session.close()

    def _explained(self, error: BaseException) -> BaseException:
        error = plain_error(error)
        if isinstance(error, DatabaseError) or not is_refusal(error):
            return error
        return refusal(error, self._address, patience_s=self._patience_s).with_traceback(error.__traceback__)


class Reader(_Thread):
    """Runs works that read, each on a snapshot of its own."""

    first = "PRAGMA query_only = ON"

    def _serve(self, errand: Errand) -> None:
        if errand.is_forsaken:
            return
        try:
            self._look(errand)
        except BaseException as error:
            errand.error = self._explained(error)
            if errand.error is not plain_error(error):
                self._close()  # the next work gets a new connection, in case it was this one's fault
        answer([errand])

    def _look(self, errand: Errand) -> None:
        connection, driver = self._connection()
        driver.execute("BEGIN")
        try:
            driver.execute(SAVEPOINT)
            self._run(errand, connection)
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")


class Writer(_Thread):
    """Runs works that write, in the order in which they came; those that wait together share a commit.

    Each has a savepoint, so that one that raises leaves no trace, and all are answered once they are on the disk.
    """

    first = "PRAGMA busy_timeout = 0"  # `Turn` is patient instead

    def __init__(self, address: Address, errands: Errands, *, patience_s: float) -> None:
        super().__init__(address, errands, patience_s=patience_s)
        self._turn = Turn(patience_s=patience_s)

    def _serve(self, errand: Errand) -> None:
        group = [errand]
        try:
            self._transact(group, gathers=True)
        except _NotBegunError as error:
            self._close()
            group += self._waiting()  # they would all wait as long, one after another, for the same answer
            for refused in group:
                refused.error = self._explained(error.__cause__ or error)
        except Exception as error:
            self._close()
            if len(group) == 1:
                errand.error = self._explained(error)
            else:
                self._one_by_one(group)
        answer(group)

    def _one_by_one(self, group: list[Errand]) -> None:
        """Run again what a failure has undone, each alone, so that only those fail that have to."""
        for errand in group:
            errand.value = errand.error = None
            try:
                self._transact([errand], gathers=False)
            except Exception as error:
                self._close()
                errand.error = self._explained(error)

    def _transact(self, group: list[Errand], *, gathers: bool) -> None:
        """Run a group of works, which may grow meanwhile, and commit them."""
        try:
            connection, driver = self._connection()
            self._turn.begin(driver)
        except Exception as error:
            raise _NotBegunError from error
        self._attempt(group[0], connection, driver)
        until = time.monotonic() + GATHERS_S
        while gathers and len(group) < GATHERS and time.monotonic() < until and (errand := self._next()):
            group.append(errand)
            self._attempt(errand, connection, driver)
        self._turn.end(driver)

    def _attempt(self, errand: Errand, connection: Connection, driver: sqlite3.Connection) -> None:
        """Run a work; if it raises, undo it."""
        if errand.is_forsaken:
            return
        driver.execute(SAVEPOINT)
        try:
            self._run(errand, connection)
        except BaseException as error:
            if not driver.in_transaction:
                raise  # a full disk, for one, undoes all that was not committed
            driver.execute(UNDO)
            errand.error = self._explained(error)
        driver.execute(KEEP)

    def _next(self) -> Errand | None:
        """Return an errand if one waits."""
        try:
            errand = self._errands.get_nowait()
        except queue.Empty:
            return None
        if errand is None:
            self._errands.put(None)  # the end comes after what is being done
        return errand

    def _waiting(self) -> list[Errand]:
        return list(iter(self._next, None))
