"""What a cell's result measures: a number for each cell and measure.

A numeric or boolean column of a result is a measure, unless it repeats a field of the task, which the row says already.
A result of several rows is a history, of which the last row counts, as it is the state that the task came to; but where
each row is a run (`simulator.replay.frames.COLUMNS`), energy, time and cost add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

__all__ = ["CELL", "LABELS", "Measured", "measured"]

#: Column of a result that says which cell it is of.
CELL = "cell"

#: Columns that say where a result comes from; they mark a row wherever it is shown.
LABELS = ("synthetic", "predicted")

#: Column that says that what a cell replayed broke off: its other numbers are those of a part.
_BROKE_OFF = "failed"

#: Measure that is below zero where there is no such recurrence.
_MAY_NEVER = "recurrences_to_oracle"

#: Columns by which a table with a row for each run is known, and those of it that add up.
_RUNS = {"recurrence", "attempt", "energy_j", "time_s", "cost"}
_ADD_UP = ("energy_j", "time_s", "cost")


#: Types of what is true or not; a number that is called like a flag is a measure.
_TRUTHS = (bool, np.bool_)


class Measured:
    """Numbers of cells, and what else their results say.

    Parameters
    ----------
    ids
        Cells, in their order.
    last
        The last row of each cell's result; the index holds ids. Cells without a result have none.

    Attributes
    ----------
    names : list of str
        Names of the measures, in the order of their columns.
    words : list of str
        Names of columns of text.
    done : numpy.ndarray
        Which cells have a result, shape (n_cells,).
    broke_off : numpy.ndarray
        Which cells replayed something that broke off; the others were the luckier ones.
    """

    def __init__(self, ids: Sequence[str], last: pd.DataFrame, *, fields: Collection[str] = ()) -> None:
        self._last = last.reindex(list(ids))
        flags = {name for name in (_BROKE_OFF, *LABELS) if name in last.columns and _is_flag(last[name])}
        known = {CELL, *flags, *fields}
        columns = [str(name) for name in last.columns if name not in known]
        self.names = [name for name in columns if _is_number(last[name])]
        self.words = [name for name in columns if name not in self.names and _is_text(last[name])]
        known_ids = set(last.index)
        self.done: NDArray[np.bool_] = np.array([each in known_ids for each in ids], bool)
        self.broke_off = self._flag(_BROKE_OFF)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Values of a measure, shape (n_cells,); NaN where there is none, or the cell's replay broke off."""
        values = np.asarray(pd.to_numeric(self._last[name]).astype("Float64").to_numpy(float, na_value=np.nan))
        lacking = self.broke_off | (values < 0) if name == _MAY_NEVER else self.broke_off
        return np.where(lacking, np.nan, values)

    def text(self, name: str) -> list[str | None]:
        """Values of a column of text; None where there is none."""
        return [value if isinstance(value, str) else None for value in self._last[name].tolist()]

    def label(self, name: str) -> NDArray[np.bool_]:
        """Which cells' results say this of themselves, one of `LABELS`."""
        return self._flag(name)

    def _flag(self, name: str) -> NDArray[np.bool_]:
        if name not in self._last.columns:
            return np.zeros(len(self._last), bool)
        return np.array([isinstance(value, _TRUTHS) and bool(value) for value in _plain(self._last[name])], bool)


def measured(ids: Sequence[str], results: pd.DataFrame, *, fields: Collection[str] = ()) -> Measured:
    """Take the last row of each cell's result.

    Parameters
    ----------
    ids
        Cells, in their order.
    results
        Rows of all cells that have a result; the column ``cell`` says whose they are.
    fields
        Names of columns that repeat the tasks' fields, which are no measures.

    Examples
    --------
    >>> rows = pd.DataFrame({"cell": ["a", "a", "b"], "loss": [2.0, 1.0, 3.0], "seed": [0, 0, 1]})
    >>> found = measured(["a", "b", "c"], rows, fields=["seed"])
    >>> found.names, found.numbers("loss").tolist(), found.done.tolist()
    (['loss'], [1.0, 3.0, nan], [True, True, False])
    """
    last = results.drop_duplicates(CELL, keep="last").set_index(CELL)
    if set(results.columns) >= _RUNS:
        of_runs = results[results["attempt"].notna()]
        for name in _ADD_UP:
            sums = of_runs.groupby(CELL, sort=False)[name].sum()
            last[name] = sums.reindex(last.index).where(last.index.isin(sums.index), last[name])
    return Measured(ids, last, fields=fields)


def _is_number(values: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return True
    known = [value for value in _plain(values) if value is not None]
    return bool(known) and all(isinstance(value, (bool, int, float)) for value in known)


def _is_flag(values: pd.Series) -> bool:
    return all(isinstance(value, _TRUTHS) for value in _plain(values) if value is not None)


def _is_text(values: pd.Series) -> bool:
    return any(isinstance(value, str) for value in values.tolist())


def _plain(values: pd.Series) -> list[object]:
    return [None if value is None or value is pd.NA or value != value else value for value in values.tolist()]
