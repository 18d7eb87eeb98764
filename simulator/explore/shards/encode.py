"""Lay the results of cells out as one table of Arrow, so that each can be taken out again exactly.

A column of the table holds values of one name and one type. Where cells disagree about a type, a further column holds
the others', and the metadata say which cell has which columns: so nothing is converted because of a neighbour.
"""

from __future__ import annotations

import json
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simulator.explore.shards.values import Column, Columns

__all__ = ["LAYOUT", "SECONDS", "encode"]

#: Key of the metadata that say which cell has which columns.
LAYOUT = b"simulator.layout"
#: Key of a column's metadata if its times are whole seconds.
SECONDS = b"simulator.seconds"


def encode(ids: Sequence[str], results: Sequence[Columns]) -> pa.Table:
    """Make the table of a shard.

    Parameters
    ----------
    ids
        The cells that have results.
    results
        Theirs, in the same order.

    Returns
    -------
    pyarrow.Table
        Column ``cell`` and those of the results; in its metadata under `LAYOUT`, ``layouts``: for each kind of result
        its columns as [name, column of the table or None if all is null, categories]; and ``others``: which kind the
        cells have that are not of the first.
    """
    layouts: dict[tuple[Column, ...], int] = {}
    seen: dict[int, int] = {}  # the columns of many cells are one object, which is found faster than its equal
    of_cells = []
    for result in results:
        if (at := seen.get(id(result.columns))) is None:
            at = seen[id(result.columns)] = layouts.setdefault(result.columns, len(layouts))
        of_cells.append(at)
    places = _places(layouts)
    tables = [
        _table(columns, [ids[i] for i in run], [results[i] for i in run], places)
        for columns, run in _runs(list(layouts), of_cells)
    ]
    schema = pa.schema([("cell", pa.string()), *(_field(place, kind) for (_, kind), place in places.items())])
    table = pa.concat_tables([schema.empty_table(), *tables], promote_options="default")
    said = {
        "layouts": [[[c.name, places.get((c.name, c.type)), c.categories] for c in columns] for columns in layouts],
        "others": {cell: layout for cell, layout in zip(ids, of_cells, strict=True) if layout},
    }
    return table.replace_schema_metadata({LAYOUT: json.dumps(said).encode()})


def _places(layouts: Iterable[tuple[Column, ...]]) -> dict[tuple[str, pa.DataType], str]:
    """Name the column of the table for each name and type; the first type of a name has the name itself."""
    wanted = dict.fromkeys((c.name, c.type) for columns in layouts for c in columns if not pa.types.is_null(c.type))
    free = {name for name, _ in wanted}
    places: dict[tuple[str, pa.DataType], str] = {}
    for name, kind in wanted:
        place = name
        if name not in free:
            place = f"{name} ({kind})"
            while place in free or place in places.values():
                place += "'"
        free.discard(name)
        places[name, kind] = place
    return places


def _field(place: str, kind: pa.DataType) -> pa.Field:
    """Note times in whole seconds: Parquet has none and makes them milliseconds."""
    seconds = pa.types.is_timestamp(kind) and kind.unit == "s"
    return pa.field(place, kind, metadata={SECONDS: b"1"} if seconds else None)


def _runs(layouts: list[tuple[Column, ...]], of_cells: Sequence[int]) -> Iterator[tuple[tuple[Column, ...], list[int]]]:
    """Group neighbours of one kind."""
    for layout, run in groupby(range(len(of_cells)), of_cells.__getitem__):
        yield layouts[layout], list(run)


def _table(
    columns: tuple[Column, ...],
    ids: list[str],
    results: list[Columns],
    places: dict[tuple[str, pa.DataType], str],
) -> pa.Table:
    """Put the rows of neighbours below one another."""
    cells = chain.from_iterable([cell] * result.rows for cell, result in zip(ids, results, strict=True))
    made = {"cell": pa.array(cells, pa.string())}
    for at, column in enumerate(columns):
        if place := places.get((column.name, column.type)):
            made[place] = _joined([result.values[at] for result in results], column.type)
    return pa.table(made)


def _joined(values: list[Any], kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values[0], list) and all(isinstance(held, list) for held in values):
        return pa.array(list(chain.from_iterable(values)), kind)
    return pa.chunked_array([pa.array(held, kind) if isinstance(held, list) else held for held in values], kind)
