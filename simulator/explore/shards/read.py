"""Read a shard, and notice if it is not as it was written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import LedgerError
from simulator.explore.shards.encode import LAYOUT
from simulator.explore.shards.info import SHARDS, ShardInfo
from simulator.explore.shards.outcomes import ABOUT, from_text

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.explore.chunk import Outcome

__all__ = ["chunk_shards", "read_all", "read_outcomes", "read_shard", "read_table"]

#: More shards of one chunk were never torn in a row.
HOLE = 8


def read_shard(folder: Path, path: Path) -> tuple[ShardInfo, list[Outcome]]:
    """Read what a shard says of its cells, once it is seen to be whole.

    Parameters
    ----------
    folder
        The sweep's folder.
    path
        The shard, in it.

    Returns
    -------
    ShardInfo, list of Outcome
        What `simulator.explore.ledger.Ledger.record` takes.

    Raises
    ------
    LedgerError
        If it is missing, torn or damaged.
    """
    data = _bytes(path)
    table, (key, part, outcomes) = _whole(path, data)
    if table.num_rows != sum(outcome.rows for outcome in outcomes):
        raise _damaged(path, f"it has {table.num_rows} rows, and says that its cells have others")
    where = path.resolve().relative_to(folder.resolve()).as_posix()
    return ShardInfo(where, len(data), hashlib.sha256(data).hexdigest(), key, part), outcomes


def read_outcomes(path: Path) -> list[Outcome]:
    """Read what became of the cells of a shard; see `read_shard`."""
    try:
        return from_text(pq.read_schema(path).metadata[ABOUT])[2]
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as cause:
        raise _damaged(path, str(cause)) from cause


def read_all(path: Path) -> tuple[pa.Table, list[Outcome]]:
    """Read all rows of a shard, with the layout of the cells in the metadata, and what became of the cells."""
    table, (_, _, outcomes) = _whole(path, _bytes(path))
    return table, outcomes


def read_table(path: Path) -> pa.Table:
    """Read all rows of a shard, with the layout of the cells in the metadata."""
    return _table(path, _bytes(path))


def chunk_shards(folder: Path, key: str) -> list[Path]:
    """List the shards of a chunk that are on disk, by part.

    They are tried by name, since a folder of many shards takes long to list, and this is asked for every chunk. Torn
    ones that were set aside leave holes; `HOLE` numbers in a row without a shard are the end.
    """
    found, part, missing = [], 0, 0
    while missing < HOLE:
        file = folder / SHARDS / f"{key}.{part:04d}.parquet"
        there = file.exists()
        if there:
            found.append(file)
        part, missing = part + 1, 0 if there else missing + 1
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LedgerError(f"{path} is missing; run the plan again, which runs its cells again") from None
    except OSError as cause:
        raise LedgerError(f"{path} cannot be read: {cause.strerror}; make it readable") from cause


def _whole(path: Path, data: bytes) -> tuple[pa.Table, tuple[str, int, list[Outcome]]]:
    table = _table(path, data)
    try:
        return table, from_text(table.schema.metadata[ABOUT])
    except (ValueError, KeyError, TypeError) as cause:
        raise _damaged(path, f"it does not say what became of its cells ({cause})") from cause


def _table(path: Path, data: bytes) -> pa.Table:
    try:
        with pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True) as file:
            table = file.read()  # read_table would import pandas, and a driver that begins again waits for that
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise _damaged(path, str(cause)) from cause
    if LAYOUT not in (table.schema.metadata or {}) or "cell" not in table.column_names:
        raise _damaged(path, "it is no shard of a sweep")
    return table


def _damaged(path: Path, what: str) -> LedgerError:
    said = what.splitlines()[0] if what else "it cannot be read"
    return LedgerError(f"{path} is damaged: {said}; remove it and run the plan again, which runs its cells again")
