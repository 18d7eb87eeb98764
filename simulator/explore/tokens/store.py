"""The file that says who holds what: opened for one change at a time, whole after any death.

SQLite with a rollback journal, because the file may lie in a home that several machines share, where a write-ahead log
does not work (https://www.sqlite.org/wal.html). It is opened anew each time: an open database must not cross a fork.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from simulator.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["changing"]

#: Of the tables below; a file with a higher one was written by a later version of this program.
_VERSION = 1
#: How long to wait for others who change the file; each needs milliseconds [s].
_WAIT_S = 30.0
_TABLES = (
    "CREATE TABLE leases (key TEXT PRIMARY KEY, what TEXT NOT NULL, boot TEXT NOT NULL, "
    "beat_s REAL NOT NULL, wall_s REAL NOT NULL) WITHOUT ROWID",
    "CREATE TABLE uses (key TEXT NOT NULL, token TEXT NOT NULL, n INTEGER NOT NULL, capacity INTEGER NOT NULL, "
    "PRIMARY KEY (key, token)) WITHOUT ROWID",
    "CREATE TABLE holders (key TEXT NOT NULL, machine TEXT NOT NULL, place TEXT NOT NULL, pid INTEGER NOT NULL, "
    "started REAL NOT NULL, name TEXT NOT NULL, PRIMARY KEY (key, machine, place, pid, started, name)) WITHOUT ROWID",
    f"PRAGMA user_version = {_VERSION}",
)


@contextmanager
def changing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one change; nobody else reads or changes it meanwhile.

    Parameters
    ----------
    path
        The file; it and its folder are made if missing.

    Yields
    ------
    sqlite3.Connection
        In a transaction, which is kept if the block ends well and is undone otherwise.

    Raises
    ------
    LedgerError
        If it cannot be opened or changed, is damaged, or was written by a later version.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("BEGIN IMMEDIATE")  # closing undoes what is not committed
            _prepare(database, path)
            yield database
            database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise LedgerError(
            f"the file of tokens in use {path} cannot be changed ({error}): make room there, let this user write "
            "to it, or name another folder, SIMULATOR_STATE_DIR"
        ) from error
    except sqlite3.DatabaseError as error:
        raise LedgerError(
            f"the file of tokens in use {path} is damaged ({error}): once no sweep with tokens runs any more, "
            "remove it; it holds nothing else"
        ) from error
    except OSError as error:
        if isinstance(error, LedgerError):
            raise
        raise LedgerError(
            f"there can be no file of tokens in use in {path.parent} ({error}): "
            "name another folder, SIMULATOR_STATE_DIR"
        ) from error


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file."""
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _TABLES:
            database.execute(statement)
    elif version != _VERSION:
        raise LedgerError(
            f"the file of tokens in use {path} has version {version}, and this program knows {_VERSION}: "
            "use the version that wrote it, or name another folder, SIMULATOR_STATE_DIR"
        )
