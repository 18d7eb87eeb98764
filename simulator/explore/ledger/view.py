"""What can be read of a ledger, by its driver and by anybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.ledger import moves, reading
from simulator.explore.ledger.planning import foreseen_reasons
from simulator.explore.ledger.trouble import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    import pandas as pd

    from simulator.explore.chunk import Located
    from simulator.explore.ledger.records import Attempt, CellRow, Described, Durations, GridRow, Running

__all__ = ["LedgerView"]


class LedgerView:
    """The half of `simulator.explore.ledger.Ledger` that changes nothing.

    Parameters
    ----------
    folder
        The sweep's folder.
    con
        The open file.
    """

    def __init__(self, folder: Path, con: Connection) -> None:
        self.folder = folder
        self._con = con

    def grids(self) -> list[GridRow]:
        """List the grids, in the order in which they were first planned."""
        with explained(self.folder):
            return reading.grids(self._con)

    def states(self, grid: str) -> dict[str, str]:
        """Tell the state of each cell of a grid, in plan order."""
        with explained(self.folder):
            return reading.states(self._con, grid)

    def counts(self, grid: str | None = None) -> dict[str, int]:
        """Count the cells of a grid, or of all grids together, in each of `simulator.explore.states.STATES`."""
        with explained(self.folder):
            return reading.counts(self._con, grid)

    def todo(self, grid: str) -> list[str]:
        """List the pending cells of a grid, in plan order."""
        with explained(self.folder):
            return reading.todo(self._con, grid)

    def cells(
        self,
        grid: str,
        *,
        content: bool = False,
        states: Collection[str] | None = None,
        ids: Iterable[str] | None = None,
    ) -> Iterator[CellRow]:
        """Tell of the cells of a grid, in plan order.

        Parameters
        ----------
        grid
            Name of the grid.
        content
            Whether to tell their contents, too.
        states
            Only cells in these states.
        ids
            Only these cells; then ``states`` does not matter.
        """
        with explained(self.folder):
            yield from reading.cells(self._con, grid, content, states, ids)

    def attempts(self, cell: str) -> list[Attempt]:
        """Tell of each attempt at a cell, the first one first."""
        with explained(self.folder):
            return reading.attempts(self._con, cell)

    def losses(self, ids: Iterable[str]) -> dict[str, int]:
        """Count how often cells ended without a result since they were last asked to run."""
        with explained(self.folder):
            return moves.losses(self._con, ids)

    def running(self) -> list[Running]:
        """List the chunks that have cells running, the oldest first."""
        with explained(self.folder):
            return reading.running(self._con)

    def located(self, ids: Iterable[str]) -> dict[str, Located]:
        """Tell where results lie; cells without one are left out."""
        with explained(self.folder):
            return reading.located(self._con, ids)

    def rows(self, ids: Iterable[str]) -> pd.DataFrame:
        """Read the results of cells, in the order given, as `simulator.explore.shards.read_rows` does.

        Cells without a result are left out. While a driver merges shards, rows move; they are looked for again.
        """
        from simulator.explore.shards.rows import read_rows

        asked = list(ids)
        located = self.located(asked)
        while True:
            try:
                return read_rows(self.folder, list(located.values()))
            except LedgerError:
                before, located = located, self.located(asked)
                if located == before:
                    raise

    def contents(self, ids: Iterable[str]) -> dict[str, str]:
        """Tell the JSON texts of cells and of configurations within cells; unknown ones are left out."""
        with explained(self.folder):
            return reading.contents(self._con, ids)

    def matching(self, prefix: str) -> list[str]:
        """List the cells of all grids whose identifier begins so; at most two, which is enough to tell."""
        with explained(self.folder):
            return reading.matching(self._con, prefix)

    def foreseen_reasons(self, slots: Sequence[str], describe: Callable[[int], Described]) -> Mapping[str, int]:
        """Count why cells would be new that are in the place of an earlier one; others are left out.

        Parameters
        ----------
        slots
            Digest of the place in the plan of each cell that the ledger does not know.
        describe
            Tells of one of them, by its position in ``slots``; called only if its place is known.
        """
        with explained(self.folder):
            return dict(foreseen_reasons(self._con, slots, describe))

    def durations(self) -> Durations:
        """Average how long cells took, over all that this ledger ever saw."""
        with explained(self.folder):
            return reading.durations(self._con)
