"""Hold the shards on disk against those that the ledger knows.

Shards that a driver died before recording are recorded; damaged ones are set aside, and what lay in them runs again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.ledger.recording import record
from simulator.explore.ledger.repairs import Adopted, Verified
from simulator.explore.ledger.schema import CODES
from simulator.explore.shards.info import SHARDS, TORN
from simulator.explore.shards.place import remove_unfinished
from simulator.explore.states import DONE, PENDING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from sqlite3 import Connection

__all__ = ["adopt", "verify"]

#: Bytes that are hashed at a time.
_BLOCK = 1 << 20


def adopt(con: Connection, folder: Path, transaction: Callable[[], AbstractContextManager[None]]) -> Adopted:
    """Record the shards that the ledger does not know; see `simulator.explore.ledger.Ledger.adopt`."""
    removed = remove_unfinished(folder)
    known = {path for (path,) in con.execute("SELECT path FROM shard")}
    there = sorted(file.name for file in (folder / SHARDS).glob("*.parquet"))
    fresh = [name for name in there if f"{SHARDS}/{name}" not in known]
    if not fresh:
        return Adopted(0, 0, [], removed)
    from simulator.explore.shards.read import read_shard  # it needs pyarrow, which a clean start does not

    before = _results(con)
    torn = []
    with transaction():
        for name in fresh:
            try:
                shard, outcomes = read_shard(folder, folder / SHARDS / name)
            except LedgerError as cause:
                torn.append((_set_aside(folder, name), str(cause)))
            else:
                record(con, shard, outcomes)
    return Adopted(len(fresh) - len(torn), _results(con) - before, torn, removed)


def _results(con: Connection) -> int:
    (n,) = con.execute("SELECT count(*) FROM status WHERE shard IS NOT NULL").fetchone()
    return int(n)


def _set_aside(folder: Path, name: str) -> str:
    """Move a shard away from the others, beside earlier ones of its name; tell where it lies, in the sweep's folder."""
    (folder / TORN).mkdir(parents=True, exist_ok=True)
    place, n = folder / TORN / name, 1
    while place.exists():
        place, n = folder / TORN / f"{name}.{n}", n + 1
    (folder / SHARDS / name).rename(place)
    return f"{TORN}/{place.name}"


def verify(
    con: Connection, folder: Path, full: bool, transaction: Callable[[], AbstractContextManager[None]]
) -> Verified:
    """Check the recorded shards; see `simulator.explore.ledger.Ledger.verify`."""
    recorded = con.execute("SELECT key, path, bytes, sha256 FROM shard WHERE NOT replaced ORDER BY key").fetchall()
    bad, ids = [], []
    for key, path, size, sha256 in recorded:
        if what := _fault(folder / path, size, sha256 if full else None):
            if (folder / path).exists():
                _set_aside(folder, path.rpartition("/")[2])
            with transaction():
                ids.extend(_again(con, key, f"its shard {path} {what}"))
            bad.append((path, what))
    return Verified(len(recorded), bad, ids)


def _fault(path: Path, size: int, sha256: bytes | None) -> str | None:
    """Say what is wrong with a shard; None if nothing is."""
    try:
        has = path.stat().st_size
    except FileNotFoundError:
        return "is missing"
    if has != size:
        return f"has {has} bytes instead of {size}"
    if sha256 is None:
        return None
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return None if digest.digest() == sha256 else "has other bytes than were written"


def _again(con: Connection, shard: int, reason: str) -> list[str]:
    """Forget a shard; what lay in it is to run again."""
    found = con.execute(
        "SELECT id FROM status JOIN cell ON cell.key = cell WHERE shard = ? AND state = ? ORDER BY cell.key",
        (shard, CODES[DONE]),
    ).fetchall()
    con.execute(
        "UPDATE status SET state = ?, reason = ?, chances = attempts, shard = NULL, first = NULL, rows = NULL"
        " WHERE shard = ?",
        (CODES[PENDING], reason, shard),
    )
    con.execute("DELETE FROM shard WHERE key = ?", (shard,))
    return [cell.hex() for (cell,) in found]
