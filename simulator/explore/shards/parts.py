"""The rows of some cells of one shard, as columns by name and type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from simulator.errors import LedgerError
from simulator.explore.shards.encode import LAYOUT, SECONDS
from simulator.explore.shards.read import read_table
from simulator.explore.shards.values import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.explore.chunk import Located

__all__ = ["Part", "in_seconds", "layouts_of", "part_of", "rows_of"]


class Part(NamedTuple):
    """Rows of some cells of one shard.

    Parameters
    ----------
    cells
        Column ``cell``.
    arrays
        Values by name and type.
    columns
        For each of the cells, in the order in which they were asked for: the columns of its result.
    """

    cells: pa.ChunkedArray
    arrays: dict[tuple[str, pa.DataType], pa.ChunkedArray]
    columns: list[tuple[Column, ...]]


def part_of(folder: Path, shard: str, located: Sequence[Located]) -> Part:
    """Read the rows of some cells of a shard, in the order asked for.

    Raises
    ------
    LedgerError
        If the shard is missing, damaged, or other cells' rows lie where theirs should.
    """
    table = read_table(folder / shard)
    said = json.loads(table.schema.metadata[LAYOUT])
    table = in_seconds(table)
    layouts = layouts_of(said["layouts"], table.schema)
    if any(place.offset + place.rows > table.num_rows for place in located):
        raise _others(folder, shard)
    rows = rows_of([place.offset for place in located], [place.rows for place in located])
    if len(rows) != table.num_rows or not np.array_equal(rows, np.arange(len(rows))):
        table = table.take(pa.array(rows))
    expected = np.repeat(np.arange(len(located)), [place.rows for place in located])
    ids = pa.array([place.id for place in located], pa.string()).take(pa.array(expected))
    if not table["cell"].combine_chunks().equals(ids):
        raise _others(folder, shard)
    columns = [layouts[said["others"].get(place.id, 0)] if layouts else () for place in located]
    arrays = {
        (column.name, column.type): table[place]
        for kind, told in zip(layouts, said["layouts"], strict=True)
        for column, (_, place, _) in zip(kind, told, strict=True)
        if place is not None
    }
    return Part(table["cell"], arrays, columns)


def rows_of(first: Sequence[int], counts: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """List the numbers of rows that lie in stretches.

    Examples
    --------
    >>> rows_of([5, 0], [2, 3]).tolist()
    [5, 6, 0, 1, 2]
    """
    lengths = np.asarray(counts, dtype=np.int64)
    starts = np.asarray(first, dtype=np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    rows: np.ndarray[tuple[int], np.dtype[np.int64]] = np.repeat(starts - (ends - lengths), lengths)
    rows += np.arange(total, dtype=np.int64)
    return rows


def layouts_of(told: list[list[list[str | None]]], schema: pa.Schema) -> list[tuple[Column, ...]]:
    """Read which kinds of results a shard holds; the schema is its table's."""
    return [
        tuple(
            Column(str(name), pa.null() if place is None else schema.field(place).type, categories)
            for name, place, categories in kind
        )
        for kind in told
    ]


def in_seconds(table: pa.Table) -> pa.Table:
    """Give times in whole seconds their type again."""
    for at, field in enumerate(table.schema):
        if SECONDS in (field.metadata or {}):
            kind = pa.timestamp("s", field.type.tz)
            table = table.set_column(at, pa.field(field.name, kind), table[field.name].cast(kind))
    return table


def _others(folder: Path, shard: str) -> LedgerError:
    return LedgerError(
        f"{folder / shard} holds other cells than the ledger says; remove it and run the plan again, which runs"
        " its cells again"
    )
