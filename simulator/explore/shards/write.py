"""Write a shard."""

from __future__ import annotations

import errno
import hashlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import LedgerError
from simulator.explore.shards.encode import encode
from simulator.explore.shards.frames import columns_of
from simulator.explore.shards.info import SHARDS, ShardInfo
from simulator.explore.shards.outcomes import ABOUT, to_text
from simulator.explore.shards.place import put
from simulator.explore.shards.values import refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.explore.chunk import Outcome
    from simulator.explore.shards.values import Columns

__all__ = ["write_shard", "write_table"]


def write_shard(folder: Path, key: str, part: int, outcomes: Sequence[Outcome], results: Sequence[Any]) -> ShardInfo:
    """Write what became of some cells of a chunk; the file appears whole, or not at all.

    A result that cannot be stored makes its cell a failed one, and harms no other.

    Parameters
    ----------
    folder
        The sweep's folder.
    key
        The chunk.
    part
        Which of its shards this is; if that is there, as when a chunk runs twice, the next one that is free.
    outcomes
        What became of the cells. How many rows each has is found out here.
    results
        What the cells returned, in the same order; None for those that failed. See `columns_of` for what is possible.

    Returns
    -------
    ShardInfo
        What was written.

    Raises
    ------
    LedgerError
        If it cannot be written, as on a full disk.
    """
    told, ids, kept = [], [], []
    for outcome, result in zip(outcomes, results, strict=True):
        outcome, columns = _converted(outcome, result)  # noqa: PLW2901  # the outcome as it is once the result is known
        told.append(outcome)
        if columns is not None:
            ids.append(outcome.id)
            kept.append(columns)
    return write_table(folder, key, part, told, encode(ids, kept))


def _converted(outcome: Outcome, result: Any) -> tuple[Outcome, Columns | None]:
    if not outcome.done:
        return outcome._replace(rows=0), None
    try:
        columns = columns_of(result)
    except Exception as cause:  # a user's class may do anything when it is looked at
        why = cause if isinstance(cause, LedgerError) else refused(f"{type(cause).__name__} while it was looked at")
        return outcome._replace(done=False, rows=0, error=_shown(why)), None
    return outcome._replace(rows=columns.rows), columns


def _shown(error: LedgerError) -> str:
    """Make text that can be stored of an error, which may quote what cannot."""
    return str(error).encode(errors="backslashreplace").decode()


def write_table(folder: Path, key: str, part: int, outcomes: Sequence[Outcome], table: pa.Table) -> ShardInfo:
    """Write a shard whose table is laid out already."""
    while True:
        path = f"{SHARDS}/{key}.{part:04d}.parquet"
        metadata = {**table.schema.metadata, ABOUT: to_text(key, part, outcomes)}
        sink = pa.BufferOutputStream()
        pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd", write_page_checksum=True)
        data = memoryview(sink.getvalue())
        try:
            (folder / SHARDS).mkdir(parents=True, exist_ok=True)
            put(data, folder / path)
        except FileExistsError:
            part += 1
        except OSError as cause:
            full = cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            todo = "free some space and run again" if full else "make it writable and run again"
            raise LedgerError(f"{folder / path} cannot be written: {cause.strerror}; {todo}") from cause
        else:
            return ShardInfo(path, len(data), hashlib.sha256(data).hexdigest(), key, part)
