"""What goes wrong in SQLite, said in words that help."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import LedgerError, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LEDGER", "damaged", "explained"]

#: Name of the file.
LEDGER = "ledger.db"


@contextmanager
def explained(folder: Path, *, system: bool = True) -> Iterator[None]:
    """Turn errors of SQLite and of the system into `LedgerError`.

    Parameters
    ----------
    folder
        The sweep's folder.
    system
        Whether to turn errors of the system, too: not where others' code runs, which may have its own.

    Raises
    ------
    LedgerError
        Instead of `sqlite3.Error` and `OSError`.
    """
    try:
        yield
    except sqlite3.Error as cause:
        raise _of_sqlite(folder, cause) from cause
    except OSError as cause:
        if not system or isinstance(cause, SimulatorError):
            raise
        if cause.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(folder) from cause
        what = cause.strerror or str(cause)
        raise LedgerError(f"{cause.filename or folder} cannot be used: {what}; choose another folder") from cause


def damaged(folder: Path, what: str) -> LedgerError:
    """Say that the ledger is damaged, and how its results are saved."""
    return LedgerError(
        f"{folder / LEDGER} is damaged: {what}. The results are not in it but in {folder / 'shards'}: move {LEDGER} and"
        f" the files beside it that are called {LEDGER}-… out of the folder and run the plan again; a new ledger takes"
        " up the results"
    )


def _of_sqlite(folder: Path, cause: sqlite3.Error) -> LedgerError:
    name = getattr(cause, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return _full(folder)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return LedgerError(
            f"{folder / LEDGER} cannot be written: {cause}; make {folder} writable or choose another folder"
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerError(f"{folder / LEDGER} is held by another process: {cause}; end it, then try again")
    if name.startswith("SQLITE_IOERR"):
        return LedgerError(
            f"{folder / LEDGER}: the disk fails or is full ({cause}); nothing recorded is lost, see to it and run again"
        )
    return damaged(folder, str(cause))


def _full(folder: Path) -> LedgerError:
    return LedgerError(f"the disk of {folder} is full; what was recorded is kept: free some space and run again")
