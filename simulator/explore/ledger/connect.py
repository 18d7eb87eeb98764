"""Open a ledger's file to write, or to read whoever owns it and wherever it lies."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from shutil import copyfile
from urllib.parse import quote

from simulator.errors import LedgerError
from simulator.explore.ledger.header import check_header, refuse_newer
from simulator.explore.ledger.held import OPENING, connect, is_held
from simulator.explore.ledger.migrate import make_tables, migrate, version_of
from simulator.explore.ledger.schema import VERSION
from simulator.explore.ledger.trouble import LEDGER

__all__ = ["open_to_read", "open_to_write"]

#: How long to wait for a lock [s]; readers never hold one for long.
_PATIENCE_S = 30.0
#: Room for pages in memory [KiB]: identifiers arrive in no order, and their index is to stay there.
_CACHE_KIB = 65536


def open_to_write(folder: Path) -> sqlite3.Connection:
    """Open a ledger for its driver; it is made, or brought up to date, as needed.

    Parameters
    ----------
    folder
        The sweep's folder, held by this process.

    Raises
    ------
    LedgerError
        If it is no ledger, damaged, or too new.
    """
    with OPENING:
        return _open_to_write(folder)


def _open_to_write(folder: Path) -> sqlite3.Connection:
    path = folder / LEDGER
    if path.exists() and not is_held(path):
        check_header(folder)
    con = connect(path, timeout=_PATIENCE_S, isolation_level=None)
    try:
        if not version_of(con):
            make_tables(con)  # before the log is, so that the file itself says whose it is
        refuse_newer(folder, version_of(con))
        con.execute("PRAGMA journal_mode = WAL")
        # A power cut may undo the last transactions, whose results are in shards; a kill undoes none.
        con.execute("PRAGMA synchronous = NORMAL")
        con.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        con.execute("PRAGMA temp_store = MEMORY")
        migrate(con, folder)
    except BaseException:
        con.close()
        raise
    return con


def open_to_read(folder: Path) -> sqlite3.Connection:
    """Open a ledger to read, while a driver writes it or none does, also in a folder where nothing can be written.

    Raises
    ------
    LedgerError
        If there is none, or it is no ledger, damaged, too new, or too old.
    """
    with OPENING:
        return _open_to_read(folder)


def _open_to_read(folder: Path) -> sqlite3.Connection:
    path = folder / LEDGER
    if not path.is_file():
        raise LedgerError(
            f"{folder} holds no sweep: there is no {LEDGER} in it; name the folder that a plan was run in"
        )
    if not is_held(path):
        check_header(folder)
    con = _first_that_reads(path)
    try:
        found = version_of(con)
        refuse_newer(folder, found)
        if found < VERSION:
            raise LedgerError(
                f"{path} was written by an earlier simulator: its tables have version {found}, this one reads version"
                f" {VERSION}; run the plan once, which brings it up to date and keeps a copy"
            )
        con.execute("PRAGMA query_only = 1")
    except BaseException:
        con.close()
        raise
    return con


def _first_that_reads(path: Path) -> sqlite3.Connection:
    """Open in the ordinary way; or as a file that nobody changes; or a copy, if its log is still to be read.

    SQLite wants to make files beside the ledger, also to read, and removes them at the end; where nothing can be
    written, or the disk is full, it cannot. That nothing is changed is seen to by `open_to_read`.
    """
    try:
        return _reads(path, "mode=rw")
    except sqlite3.OperationalError as cause:
        if not getattr(cause, "sqlite_errorname", "").startswith(
            ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")
        ):
            raise
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return _reads(path, "mode=ro&immutable=1")
    return _copied(path, log)


def _reads(path: Path, how: str) -> sqlite3.Connection:
    target = f"file:{quote(str(path.absolute()))}?{how}"
    con = connect(path, target, uri=True, timeout=_PATIENCE_S, isolation_level=None)
    try:
        con.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        con.close()
        raise
    return con


def _copied(path: Path, log: Path) -> sqlite3.Connection:
    """Read a copy in memory: a driver died here, and its log cannot be brought in where nothing can be written."""
    with tempfile.TemporaryDirectory() as room:
        for file in (path, log):
            copyfile(file, Path(room) / file.name)
        kept = sqlite3.connect(Path(room) / path.name)
        con = sqlite3.connect(":memory:", isolation_level=None)
        try:
            kept.backup(con)
        finally:
            kept.close()
    return con
