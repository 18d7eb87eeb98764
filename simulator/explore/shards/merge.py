"""Make one shard of several, so that each cell's result stays what it is, to the bit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simulator.explore.shards.encode import LAYOUT, encode
from simulator.explore.shards.parts import in_seconds, layouts_of
from simulator.explore.shards.read import read_all
from simulator.explore.shards.values import Columns
from simulator.explore.shards.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from simulator.explore.chunk import Outcome
    from simulator.explore.shards.info import ShardInfo

__all__ = ["merge_shards"]


def merge_shards(
    folder: Path,
    key: str,
    shards: Sequence[tuple[Path, Mapping[str, tuple[int, int]], Callable[[str], bool]]],
) -> tuple[ShardInfo, dict[str, int]]:
    """Write the results of several shards as one.

    Parameters
    ----------
    folder
        The sweep's folder.
    key
        What the shard is to be called.
    shards
        Each with the cells whose results count, their first rows and numbers of rows, and with a function that says of
        which others the outcome is kept: those that failed.

    Returns
    -------
    ShardInfo, dict
        What was written, and the first row in it of each cell whose result counts.

    Raises
    ------
    LedgerError
        If one of them is damaged, or nothing can be written; then nothing has changed.
    """
    ids: list[str] = []
    results: list[Columns] = []
    outcomes: list[Outcome] = []
    firsts: dict[str, int] = {}
    rows = 0
    for path, placed, has_failed in shards:
        table, told = read_all(path)
        of_cell = _results(table)
        for outcome in told:
            if outcome.id in placed and outcome.done and outcome.id not in firsts:
                firsts[outcome.id] = rows
                rows += outcome.rows
                ids.append(outcome.id)
                results.append(of_cell(outcome.id, *placed[outcome.id]))
                outcomes.append(outcome)
            elif not outcome.done and has_failed(outcome.id):
                outcomes.append(outcome)
    return write_table(folder, key, 0, outcomes, encode(ids, results)), firsts


def _results(table: pa.Table) -> Callable[[str, int, int], Columns]:
    """Make a function that takes the result of a cell out of a shard's table."""
    said = json.loads(table.schema.metadata[LAYOUT])
    table = in_seconds(table)
    layouts = layouts_of(said["layouts"], table.schema)
    arrays = {name: table[name].combine_chunks() for name in table.column_names}

    def result(cell: str, first: int, rows: int) -> Columns:
        which = said["others"].get(cell, 0)
        values = [
            [None] * rows if place is None else arrays[place].slice(first, rows)
            for _, place, _ in said["layouts"][which]
        ]
        return Columns(layouts[which], values, rows)

    return result
