"""Merge many small shards into few large ones.

Killed after any step, nothing is lost and nothing is there twice:

1. the merged shard's name is noted as one to remove;
2. it is written;
3. in one transaction the results move: it is to stay, and those that it replaces are to be removed;
4. they are removed, then forgotten. Whatever is noted as one to remove is removed at the next start.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from simulator.explore.ledger.repairs import Compacted
from simulator.explore.ledger.schema import CODES
from simulator.explore.shards.info import SHARDS
from simulator.explore.states import DONE, FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from sqlite3 import Connection

    from simulator.explore.shards.info import ShardInfo

__all__ = ["compact", "remove_replaced"]

#: Merged shards have about this many bytes, and cells, at most.
_BYTES = 32 << 20
_CELLS = 20_000


class _Small(NamedTuple):
    """A shard that is to be merged: its key, its path, its bytes, and how many cells have their result in it."""

    key: int
    path: str
    bytes: int
    cells: int


def compact(
    con: Connection, folder: Path, small: int, transaction: Callable[[], AbstractContextManager[None]]
) -> Compacted:
    """Merge shards of fewer bytes than ``small``; see `simulator.explore.ledger.Ledger.compact`."""
    remove_replaced(con, folder, transaction)
    before = _count(con)
    for shards in _groups(con, small):
        _merge(con, folder, shards, transaction)
        remove_replaced(con, folder, transaction)
    return Compacted(before, _count(con))


def _count(con: Connection) -> int:
    (n,) = con.execute("SELECT count(*) FROM shard WHERE NOT replaced").fetchone()
    return int(n)


def _groups(con: Connection, small: int) -> Iterator[list[_Small]]:
    """Put small shards together, in the order in which they were recorded, two or more at a time."""
    found = con.execute(
        "SELECT key, path, bytes, (SELECT count(*) FROM status WHERE status.shard = shard.key) FROM shard"
        " WHERE NOT replaced AND bytes < ? ORDER BY key",
        (small,),
    )
    filled, cells, size = 0, 0, 0
    numbered: list[tuple[int, _Small]] = []
    for shard in (_Small(*row) for row in found.fetchall()):
        cells, size = cells + shard.cells, size + shard.bytes
        if cells > _CELLS or size > _BYTES:
            filled, cells, size = filled + 1, shard.cells, shard.bytes
        numbered.append((filled, shard))
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        shards = [shard for _, shard in group]
        if len(shards) > 1:
            yield shards


def _merge(
    con: Connection,
    folder: Path,
    shards: Sequence[_Small],
    transaction: Callable[[], AbstractContextManager[None]],
) -> None:
    from simulator.explore.shards.merge import merge_shards  # it needs pyarrow, which a look at a ledger does not

    (newest,) = con.execute("SELECT max(key) FROM shard").fetchone()
    name = f"merged-{newest + 1}"
    while any((folder / SHARDS).glob(f"{name}.*")):
        name += "a"
    path = f"{SHARDS}/{name}.0000.parquet"
    with transaction():
        con.execute(
            "INSERT INTO shard (key, path, bytes, sha256, replaced) VALUES (?, ?, 0, x'', 1)", (newest + 1, path)
        )
    kept = [(folder / shard.path, _placed(con, shard.key), _failed(con)) for shard in shards]
    info, firsts = merge_shards(folder, name, kept)
    with transaction():
        _move(con, newest + 1, info, shards, firsts)


def _placed(con: Connection, shard: int) -> dict[str, tuple[int, int]]:
    """Tell which cells have their result in a shard, and where in it."""
    found = con.execute(
        "SELECT id, first, rows FROM status JOIN cell ON cell.key = cell WHERE shard = ? AND state = ?",
        (shard, CODES[DONE]),
    )
    return {cell.hex(): (first, rows) for cell, first, rows in found}


def _failed(con: Connection) -> Callable[[str], bool]:
    """Tell whether a cell is one that failed: what went wrong is worth keeping, should the ledger be lost."""

    def has_failed(cell: str) -> bool:
        found = con.execute(
            "SELECT 1 FROM cell JOIN status ON status.cell = cell.key WHERE id = ? AND state = ?",
            (bytes.fromhex(cell), CODES[FAILED]),
        )
        return found.fetchone() is not None

    return has_failed


def _move(con: Connection, key: int, info: ShardInfo, shards: Sequence[_Small], firsts: dict[str, int]) -> None:
    con.execute(
        "UPDATE shard SET path = ?, bytes = ?, sha256 = ?, replaced = 0 WHERE key = ?",
        (info.path, info.bytes, bytes.fromhex(info.sha256), key),
    )
    con.executemany(
        "UPDATE status SET shard = ?, first = ? WHERE cell = (SELECT key FROM cell WHERE id = ?)",
        ((key, first, bytes.fromhex(cell)) for cell, first in firsts.items()),
    )
    con.executemany("UPDATE shard SET replaced = 1 WHERE key = ?", ((shard.key,) for shard in shards))


def remove_replaced(con: Connection, folder: Path, transaction: Callable[[], AbstractContextManager[None]]) -> None:
    """Remove the files of shards whose results lie elsewhere, or that were never finished."""
    replaced = con.execute("SELECT key, path FROM shard WHERE replaced").fetchall()
    for _, path in replaced:
        with suppress(FileNotFoundError):
            (folder / path).unlink()
    if replaced:
        with transaction():
            con.executemany("DELETE FROM shard WHERE key = ?", ((key,) for key, _ in replaced))
