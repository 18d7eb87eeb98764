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

__all__ = ["engine_of", "patiently"]

#: Statements that a connection keeps prepared.
PREPARED = 512


def engine_of(address: Address, *, patience_s: float, creates: bool = False, writes: bool = True) -> Engine:
    """Return an engine whose connections are closed when given back, and whose transactions lock what they need.

    Parameters
    ----------
    address
        The file.
    patience_s
        How long to wait for other programs that write [s].
    creates
        Whether a missing file is created; otherwise it cannot be opened.
    writes
        Whether transactions lock the file at their begin, so that none fails halfway because of another.
    """
    mode = "rwc" if creates else "rw"
    uri = f"{address.path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=patience_s,
            isolation_level=None,  # transactions begin where they are begun below, not where the driver guesses
            check_same_thread=False,
            cached_statements=PREPARED,
        )
        try:
            patiently(lambda: _set_up(connection), patience_s)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _set_up(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for one another
    connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")


def patiently(step: Callable[[], None], patience_s: float) -> None:
    """Take a step again while another process is in its way: a change of the journal's mode does not wait by itself."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            if not code_of(error).startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(0.01)
