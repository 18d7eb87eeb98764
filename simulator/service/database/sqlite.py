"""Connections to a file of SQLite, as the service needs them."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from simulator.service.database.refusals import code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from simulator.service.database.address import Address

__all__ = ["KEEP", "SAVEPOINT", "UNDO", "engine_of"]

#: Statements that a connection keeps prepared.
PREPARED = 512

#: Around each work of a transaction that several share.
SAVEPOINT, UNDO, KEEP = "SAVEPOINT work", "ROLLBACK TO work", "RELEASE work"


class _Cursor(sqlite3.Cursor):
    """A cursor that SQLAlchemy's asynchronous sessions can use though it never waits."""

    async def _async_soft_close(self) -> None:
        """Keep the rows that are still to be read."""


class _Connection(sqlite3.Connection):
    """A connection that makes such cursors."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        """Make a cursor."""
        return super().cursor(factory)


class _Ruled(_Connection):
    """A connection whose transactions are those of its thread; sessions on it begin and end none."""

    def commit(self) -> None:
        """Do nothing: a session is done before its transaction is."""

    def rollback(self) -> None:
        """Undo what was done since `SAVEPOINT`."""
        if self.in_transaction:
            self.execute(UNDO)


def engine_of(address: Address, *, patience_s: float, creates: bool = False, ruled: bool = False) -> Engine:
    """Return an engine whose connections are closed when given back.

    Parameters
    ----------
    address
        The file.
    patience_s
        How long to wait for other programs that write [s].
    creates
        Whether a missing file is created; otherwise it cannot be opened.
    ruled
        Whether whoever uses a connection begins and ends transactions with statements of their own; otherwise they
        are those of SQLAlchemy, and lock the file at their begin, so that none fails halfway because of another.
    """
    uri = f"{address.path.absolute().as_uri()}?mode={'rwc' if creates else 'rw'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=patience_s,
            isolation_level=None,  # transactions begin where they are begun, not where the driver guesses
            check_same_thread=False,
            cached_statements=PREPARED,
            factory=_Ruled if ruled else _Connection,
        )
        try:
            _patiently(lambda: _set_up(connection), patience_s)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    if not ruled:
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _set_up(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for one another
    connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")


def _patiently(step: Callable[[], None], patience_s: float) -> None:
    """Take a step again while another process is in its way: a change of the journal's mode does not wait by itself."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            if not code_of(error).startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(0.01)
