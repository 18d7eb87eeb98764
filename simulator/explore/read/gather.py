"""What a sweep's folder holds about one grid: its cells, and their results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import UnknownCellError, nearest
from simulator.explore.states import DONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

    import pandas as pd

    from simulator.explore.ledger import CellRow, Ledger

__all__ = ["Gathered", "gather", "one_grid"]


@dataclass(frozen=True)
class Gathered:
    """Cells of a grid and their results.

    Parameters
    ----------
    folder
        The sweep's folder.
    grid
        Name of the grid.
    cells
        Records of the ledger, in the order of the plan.
    results
        Rows of all cells that are done; the column ``cell`` says whose they are.
    nested
        Documents of nested configurations, by id.
    """

    folder: Path
    grid: str
    cells: list[CellRow]
    results: pd.DataFrame
    nested: dict[str, dict[str, Any]]

    def look_up(self, wanted: str) -> Mapping[str, Any] | None:
        """Find the document of a nested configuration."""
        return self.nested.get(wanted)


def one_grid(ledger: Ledger, grid: str | None) -> str:
    """Name the grid that is meant: the one named, or the only one there is.

    Raises
    ------
    UnknownCellError
        If there is none of this name, or nobody says which of several.
    """
    names = list(ledger.grids())
    if grid is None and len(names) == 1:
        return str(names[0])
    there = f"{ledger.folder} has {', '.join(names) or 'none'}"
    if grid is None:
        raise UnknownCellError(f"no grid is named; {there}" + ("; name one" if names else "; run a plan first"))
    if grid not in names:
        raise UnknownCellError(f"no grid is called {grid!r}; {there}{nearest(grid, names)}")
    return grid


def gather(folder: str | PathLike[str], grid: str | None = None, *, patterns: Sequence[str] = ()) -> Gathered:
    """Read the cells of a grid and their results; nothing is changed.

    Parameters
    ----------
    folder
        The sweep's folder.
    grid
        Name of the grid; None means the only one.
    patterns
        Which cells; none means all.

    Raises
    ------
    UnknownCellError
        If there is no such grid, or no such cell.
    LedgerError
        If the folder cannot be read, or is damaged.
    """
    from simulator.explore.ledger import Ledger
    from simulator.explore.shards import read_rows

    with Ledger.open(Path(folder), write=False) as ledger:
        name = one_grid(ledger, grid)
        cells = list(ledger.cells(name, patterns=patterns, content=True))
        nested = {each: json.loads(text) for each, text in ledger.nested(cell.id for cell in cells)}
        done = [cell.id for cell in cells if cell.state == DONE]
        results = read_rows(Path(folder), _in_order(ledger, done))
    return Gathered(Path(folder), name, cells, results, nested)


def _in_order(ledger: Ledger, ids: Iterable[str]) -> list[Any]:
    wanted = list(ids)
    located = ledger.located(wanted)
    return [located[each] for each in wanted if each in located]
