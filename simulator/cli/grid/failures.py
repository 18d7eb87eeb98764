"""Cells that failed, as people want them listed: what went wrong, and of how many cells of a row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.explore.places import shown_id
from simulator.explore.states import FAILED

if TYPE_CHECKING:
    from simulator.explore.ledger import Ledger
    from simulator.explore.ledger.records import CellRow

__all__ = ["FailedAlike", "failures_of"]


@dataclass(frozen=True)
class FailedAlike:
    """Cells of one row in which the same went wrong.

    Parameters
    ----------
    row
        Number of the row.
    name
        Name of the first of them.
    id
        Its id.
    error
        What went wrong, in a line.
    cells
        How many they are.
    """

    row: int
    name: str
    id: str
    error: str
    cells: int

    def __str__(self) -> str:
        """Say it in a line."""
        others = f" and {self.cells - 1:,} more of its row" if self.cells > 1 else ""
        return f"{self.row} {self.name} ({shown_id(self.id)}){others}: {self.error}"


def failures_of(ledger: Ledger, grid: str) -> list[FailedAlike]:
    """List what failed in a grid, in the order of the plan.

    Parameters
    ----------
    ledger
        Where the grid is.
    grid
        Its name.
    """
    firsts: dict[tuple[int, str], CellRow] = {}
    counts: Counter[tuple[int, str]] = Counter()
    for cell in ledger.cells(grid, states=[FAILED]):
        same = cell.row, cell.error or ""
        firsts.setdefault(same, cell)
        counts[same] += 1
    return [FailedAlike(row, cell.name, cell.id, error, counts[row, error]) for (row, error), cell in firsts.items()]
