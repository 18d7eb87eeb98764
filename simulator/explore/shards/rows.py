"""Read the results of cells, wherever they lie, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from simulator.explore.shards.parts import part_of, rows_of
from simulator.explore.shards.unify import unified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from simulator.explore.chunk import Located
    from simulator.explore.shards.parts import Part
    from simulator.explore.shards.values import Column

__all__ = ["read_rows"]


def read_rows(folder: Path, located: Sequence[Located]) -> pd.DataFrame:
    """Read the results of cells as one table.

    The table depends on the cells asked for and their order alone: not on how they were put into chunks, nor on what
    else lies in the shards.

    Parameters
    ----------
    folder
        The sweep's folder.
    located
        Where the results lie.

    Returns
    -------
    pandas.DataFrame
        Column ``cell``, then those of the results in the order in which they first appear; rows cell by cell in the
        order asked for. Whole numbers are int64, or Int64 where a cell lacks the column or holds None there; beside
        floats they are floats, unless one is beyond 2**53. A column whose values do not go together holds objects. A
        column without any value holds None.

    Raises
    ------
    LedgerError
        If a shard is missing or damaged.
    """
    import pandas as pd

    of_shards: dict[str, list[int]] = {}
    for at, place in enumerate(located):
        of_shards.setdefault(place.shard, []).append(at)
    parts = {shard: part_of(folder, shard, [located[at] for at in cells]) for shard, cells in of_shards.items()}
    order = _order(located, of_shards)
    names = _names(of_shards, parts)
    rows = sum(place.rows for place in located)
    made = {"cell": _below([part.cells for part in parts.values()], pa.string(), order).to_pandas()}
    for name, columns in names.items():
        kinds = dict.fromkeys(column.type for column in columns if not pa.types.is_null(column.type))
        arrays = [_below([_array(part, name, kind) for part in parts.values()], kind, order) for kind in kinds]
        made[name] = unified(columns, arrays, rows)
    return pd.DataFrame(made)


def _order(located: Sequence[Located], of_shards: dict[str, list[int]]) -> pa.Array | None:
    """Find the rows' way from shard after shard to the order asked for; None if they are in it."""
    read = [at for cells in of_shards.values() for at in cells]
    if read == sorted(read):
        return None
    lengths = [place.rows for place in located]
    starts = np.zeros(len(located), dtype=np.int64)
    starts[read] = np.cumsum([0, *(lengths[at] for at in read)])[:-1]
    return pa.array(rows_of(starts.tolist(), lengths))


def _names(of_shards: dict[str, list[int]], parts: dict[str, Part]) -> dict[str, list[Column]]:
    """List the columns that the cells have under each name, in the order in which they first appear."""
    first: dict[tuple[Column, ...], int] = {}
    for shard, cells in of_shards.items():
        seen: set[int] = set()  # cells of one kind share the object, and come in the order asked for
        for at, columns in zip(cells, parts[shard].columns, strict=True):
            if id(columns) not in seen:
                seen.add(id(columns))
                first[columns] = min(first.get(columns, at), at)
    names: dict[str, dict[Column, None]] = {}
    for column in _flat(sorted(first, key=first.__getitem__)):
        names.setdefault(column.name, {})[column] = None
    return {name: list(columns) for name, columns in names.items()}


def _flat(layouts: Iterable[tuple[Column, ...]]) -> Iterable[Column]:
    return (column for columns in layouts for column in columns)


def _array(part: Part, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    found = part.arrays.get((name, kind))
    return pa.chunked_array([pa.nulls(len(part.cells), kind)]) if found is None else found


def _below(arrays: list[pa.ChunkedArray], kind: pa.DataType, order: pa.Array | None) -> pa.Array:
    """Put the rows of the shards below one another, in the order asked for."""
    joined = pa.chunked_array([chunk for array in arrays for chunk in array.chunks], kind)
    return (joined if order is None else joined.take(order)).combine_chunks()
