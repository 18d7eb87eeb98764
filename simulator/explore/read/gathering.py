"""What a sweep's folder holds about one grid: its cells, and their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.explore.read.grids import chosen, meant, nested_in
from simulator.explore.states import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pandas as pd

    from simulator.explore.ledger.records import CellRow

__all__ = ["Gathered", "gather"]


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
        Records of the ledger, in the order of the plan, with their content; all of the grid, since what varies in it
        does not hang on what is chosen.
    results
        Rows of the chosen cells that are done, or of all; the column ``cell`` says whose they are.
    nested
        Contents of nested configurations, by id.
    chosen
        Ids of the cells that were asked for; None means all.
    """

    folder: Path
    grid: str
    cells: list[CellRow]
    results: pd.DataFrame
    nested: dict[str, dict[str, Any]] = field(default_factory=dict)
    chosen: frozenset[str] | None = None

    def picked(self) -> list[CellRow]:
        """List the chosen cells."""
        return [cell for cell in self.cells if self.chosen is None or cell.id in self.chosen]

    def picked_results(self) -> pd.DataFrame:
        """Take the rows of the chosen cells."""
        from simulator.explore.read.measures import CELL

        if self.chosen is None or CELL not in self.results.columns:
            return self.results
        return self.results[self.results[CELL].isin(self.chosen)]

    def look_up(self, wanted: str) -> Mapping[str, Any] | None:
        """Find the content of a nested configuration; None if it was not gathered."""
        return self.nested.get(wanted)


def gather(
    folder: str | PathLike[str], grid: str | None = None, *, patterns: Sequence[str] = (), all_results: bool = False
) -> Gathered:
    """Read the cells of a grid and their results; nothing is changed.

    Parameters
    ----------
    folder
        The sweep's folder.
    grid
        Name of the grid; None means the only one.
    patterns
        Which cells; none means all. See `simulator.explore.ledger.select`. The first may be the name of the grid.
    all_results
        Whether to read results of cells that were not chosen, too, since rows are compared with all others.

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
        name, patterns = meant(ledger, grid, patterns)
        cells = list(ledger.cells(name, content=True))
        picked = frozenset(cell.id for cell in chosen(ledger, name, patterns)) if patterns else None
        wanted = None if all_results else picked
        located = ledger.located(
            [cell.id for cell in cells if cell.state == DONE and (wanted is None or cell.id in wanted)]
        )
        nested = nested_in(ledger, cells)
        results = read_rows(Path(folder), [located[cell.id] for cell in cells if cell.id in located])
    return Gathered(Path(folder), name, cells, results, nested, picked)
