"""Make the tables of a new ledger, and bring those of an old one up to date.

Before the first step a copy is kept as ``ledger.v1.db`` (of whatever version it is). All steps are one transaction:
killed in the middle, the ledger is the old one.
"""

from __future__ import annotations

import os
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.ledger.schema import APPLICATION_ID, MIGRATIONS, TABLES, VERSION
from simulator.explore.ledger.trouble import LEDGER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["make_tables", "migrate", "version_of"]


def version_of(con: sqlite3.Connection) -> int:
    """Read the version of the tables; 0 if there are none."""
    (found,) = con.execute("PRAGMA user_version").fetchone()
    return int(found)


def make_tables(con: sqlite3.Connection) -> None:
    """Make a new ledger in one transaction."""
    con.execute("BEGIN EXCLUSIVE")
    try:
        for statement in TABLES:
            con.execute(statement)
        con.execute("INSERT INTO about VALUES ('made by', ?)", (_simulator(),))
        con.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        con.execute(f"PRAGMA user_version = {VERSION}")
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:  # a full disk ends it by itself
            con.execute("ROLLBACK")
        raise


def migrate(
    con: sqlite3.Connection,
    folder: Path,
    steps: Mapping[int, Callable[[sqlite3.Connection], None]] = MIGRATIONS,
    target: int = VERSION,
) -> None:
    """Bring the tables up to a version; nothing happens if they have it.

    Parameters
    ----------
    con
        Connection that may write.
    folder
        The sweep's folder, where the copy is kept.
    steps
        By version: what leads to it from the one before.
    target
        The version wanted.

    Raises
    ------
    LedgerError
        If a step is missing: this version is too new for the ledger.
    """
    found = version_of(con)
    if found >= target:
        return
    if missing := [number for number in range(found + 1, target + 1) if number not in steps]:
        raise LedgerError(
            f"{folder / LEDGER} has tables of version {found}, and no way leads to version {missing[0]}; open it with"
            " an earlier simulator"
        )
    _keep_copy(con, folder, found)
    con.execute("BEGIN EXCLUSIVE")
    try:
        for number in range(found + 1, target + 1):
            steps[number](con)
            con.execute(f"PRAGMA user_version = {number}")
        con.execute("INSERT OR REPLACE INTO about VALUES ('migrated by', ?)", (_simulator(),))
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:  # a full disk ends it by itself
            con.execute("ROLLBACK")
        raise
    con.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the file itself says its version


def _keep_copy(con: sqlite3.Connection, folder: Path, found: int) -> None:
    """Keep the ledger as it was, whole or not at all."""
    copy = folder / f"ledger.v{found}.db"
    partial = copy.with_name(f"{copy.name}.partial")
    partial.unlink(missing_ok=True)
    kept = sqlite3.connect(partial)
    try:
        con.backup(kept)
    finally:
        kept.close()
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(copy)


def _simulator() -> str:
    """Name this version of the simulator."""
    try:
        return f"simulator {version('trace-simulator')}"
    except PackageNotFoundError:
        return "simulator, not installed"
