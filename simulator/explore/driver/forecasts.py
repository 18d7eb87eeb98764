"""How long it will take: told from past attempts, and honest where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.driver.snapshot import Forecast
from simulator.explore.states import BLOCKED, PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulator.explore.ledger import Durations, Ledger

__all__ = ["Outlook", "forecast", "foresee"]


def forecast(ledger: Ledger, grid: str, *, workers: int = 1) -> Forecast:
    """Say how much of a grid is left.

    Parameters
    ----------
    ledger
        An open one; reading is enough.
    grid
        Name of the grid.
    workers
        Cells that run at the same time.

    Returns
    -------
    Forecast
        Cells that are pending, running or blocked, and how long they will take.

    Raises
    ------
    UnknownCellError
        If there is no such grid.
    """
    left = ledger.cells(grid, states=(PENDING, RUNNING, BLOCKED))
    return foresee(((cell.task, cell.row_id) for cell in left), ledger.durations(), workers=workers)


def foresee(cells: Iterable[tuple[str, str]], past: Durations | None, *, workers: int) -> Forecast:
    """Say how long cells will take.

    Parameters
    ----------
    cells
        Identifier of the task, and digest of the row, of each.
    past
        How long finished cells took; None if there were none.
    workers
        Cells that run at the same time.

    Returns
    -------
    Forecast
        Told from the mean of the same row, or else of the same task.

    Examples
    --------
    >>> foresee([("Fit", "aa"), ("Fit", "bb")], None, workers=4)
    Forecast(cells=2, seconds=None, basis='no basis yet: nothing like it has run in this folder')
    """
    outlook = Outlook(past, workers=lambda: workers)
    for kind, row in cells:
        outlook.add(kind, outlook.row_s(row))
    return outlook.forecast()


class Outlook:
    """What is expected of the cells that are left, kept up to date while they run.

    Parameters
    ----------
    past
        How long finished cells took; None if there were none.
    workers
        Says how many cells run at the same time.
    """

    def __init__(self, past: Durations | None, *, workers: Callable[[], int]) -> None:
        self._by_row = {} if past is None else past.by_row
        self._by_task = {} if past is None else past.by_task
        self._workers = workers
        self._now: dict[str, tuple[int, float]] = {}
        self._rows_s = 0.0
        self._n_rows = 0
        self._left: dict[str, int] = {}

    @property
    def knows_rows(self) -> bool:
        """Whether any row has run before, so that it is worth asking."""
        return bool(self._by_row)

    def row_s(self, row: str) -> float | None:
        """Return what cells of a row took [s]; None if none ever ran."""
        return self._by_row.get(row)

    def task_s(self, kind: str) -> float | None:
        """Return what cells of a task take [s], in this run or else before; None if none ever ran."""
        if kind in self._now:
            cells, work_s = self._now[kind]
            return work_s / cells
        return self._by_task.get(kind)

    def add(self, kind: str, row_s: float | None, cells: int = 1) -> None:
        """Count cells that are to be run; less than none takes them out again.

        Parameters
        ----------
        kind
            Which task.
        row_s
            What cells of their row took [s]; None if that is not known.
        cells
            How many.
        """
        if row_s is None:
            self._left[kind] = self._left.get(kind, 0) + cells
        else:
            self._rows_s += cells * row_s
            self._n_rows += cells

    def learn(self, kind: str, work_s: float) -> None:
        """Take note of how long a cell took in this run [s]."""
        cells, before_s = self._now.get(kind, (0, 0.0))
        self._now[kind] = cells + 1, before_s + work_s

    def forecast(self) -> Forecast:
        """Say how much is left."""
        left = {kind: cells for kind, cells in self._left.items() if cells}
        total = self._n_rows + sum(left.values())
        if not total:
            return Forecast(0, 0.0, "nothing is left to run")
        seconds, words = max(self._rows_s, 0.0), []
        if self._n_rows:
            words.append(f"{self._n_rows:,} cells by past cells of the same row")
        for kind, cells in left.items():
            each_s = self.task_s(kind)
            if each_s is None:
                here = "nothing like it has run in this folder" if len(left) == 1 else f"no {kind} has run"
                return Forecast(total, None, f"no basis yet: {here}")
            seconds += cells * each_s
            words.append(f"{cells:,} by {'this run' if kind in self._now else 'past cells'} of {kind}")
        workers = max(1, min(self._workers(), total))
        return Forecast(total, seconds / workers, f"{'; '.join(words)}; {workers} at a time")
