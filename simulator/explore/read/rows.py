"""Cells that differ in nothing but repetition fields, as one row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.explore.read.grids import plain
from simulator.explore.read.values import flat, varying
from simulator.explore.states import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.explore.read.values import Value

__all__ = ["CHOICES", "Rows", "rows_of"]

#: Fields by which rows compete; rows that differ in others answer another question.
CHOICES = ("policy", "power_policy", "eta", "beta", "window")


@dataclass(frozen=True)
class Rows:
    """The rows of a grid, in the order of the plan.

    Parameters
    ----------
    cells
        Records of the ledger, in the order of the plan.
    places
        Position in ``cells`` of each cell of each row, shape (n_rows, most cells of a row); -1 where a row has fewer.
    fields
        Values of each row by name, the same names in each row of a task; of its first cell.
    tags
        Tags of each row by name; those that all cells of the row share.
    varied
        Names of the values that differ between rows.
    repeated
        Names of the fields that differ within rows: seeds.
    """

    cells: Sequence[Any]
    places: NDArray[np.int64]
    fields: list[dict[str, Value]]
    tags: list[dict[str, Value]]
    varied: list[str]
    repeated: list[str]

    def __len__(self) -> int:
        return len(self.places)

    def only(self, ids: Collection[str] | None) -> Rows:
        """Keep some cells, and the rows that have any of them; what varies stays what it is. None keeps all."""
        if ids is None:
            return self
        kept = np.array([cell.id in ids for cell in self.cells], bool)
        chosen = [[at for at in row if at >= 0 and kept[at]] for row in self.places.tolist()]
        rows = [row for row, at in enumerate(chosen) if at]
        places = np.full((len(rows), max((len(chosen[row]) for row in rows), default=1)), -1, np.int64)
        for at, row in enumerate(rows):
            places[at, : len(chosen[row])] = chosen[row]
        fields, tags = ([each[row] for row in rows] for each in (self.fields, self.tags))
        return replace(self, places=places, fields=fields, tags=tags)

    def members(self, row: int) -> list[Any]:
        """List the records of a row's cells."""
        return [self.cells[at] for at in self.places[row].tolist() if at >= 0]

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lay a number for each cell out by rows, shape (n_rows, most cells of a row); NaN where a row has fewer."""
        if not len(values):
            return np.full(self.places.shape, np.nan)
        return np.where(self.places < 0, np.nan, values[self.places])

    def count(self, holds: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the cells of each row of which something holds, shape (n_rows,)."""
        return np.asarray(np.nansum(self.spread(holds.astype(float)), axis=1), np.int64)

    def states(self) -> dict[str, NDArray[np.int64]]:
        """Count the cells of each row by state."""
        states = np.array([cell.state for cell in self.cells], object)
        return {state: self.count(states == state) for state in STATES}

    def indices(self) -> list[int]:
        """List the numbers of the rows in the whole grid, of which some may have been left out here."""
        return [self.cells[at].row for at in self.places[:, 0].tolist()]

    def echoes(self, results: pd.DataFrame) -> set[str]:
        """Name the columns of results that repeat, in each cell, the field that is called alike.

        Parameters
        ----------
        results
            Rows of cells; the column ``cell`` says whose they are, and the last of each counts.
        """
        alike = {name for each in self.fields for name in each} & {str(name) for name in results.columns}
        if not alike:
            return set()
        last = results.drop_duplicates("cell", keep="last").set_index("cell")
        told = {name: dict(zip(last.index, last[name].tolist(), strict=True)) for name in alike}
        for row, fields in enumerate(self.fields):
            first, *_ = members = self.members(row)
            for cell in members:
                # What is nested is the same in the whole row, or else is no value that a result could repeat.
                own = fields if cell is first or not alike else fields | flat(plain(cell.content))
                alike -= {name for name in alike if _says_else(told[name].get(cell.id), own, name)}
        return alike

    def names(self) -> list[str]:
        """Name each row: by its tags if it has some, else by what varies, else by its task."""
        found = []
        for row in range(len(self)):
            said = self.tags[row] or {name: self.fields[row][name] for name in self.varied if name in self.fields[row]}
            task = str(self.cells[self.places[row, 0]].task)
            found.append("_".join(f"{name}={value}" for name, value in said.items()) or task.rpartition(".")[2])
        return found

    def contexts(self, *, but: Sequence[str] = CHOICES) -> list[tuple[object, ...]]:
        """Say what each row is comparable within: its task, and all that varies beside what is chosen.

        A task without a field ``policy`` chooses by all its fields, beside job and content.
        """
        found: list[tuple[object, ...]] = []
        for row, fields in enumerate(self.fields):
            task = self.cells[self.places[row, 0]].task
            if "policy" in fields:
                kept = [name for name in self.varied if name not in but]
            else:
                kept = [name for name in self.varied if name in ("job", "gpu") or "@" in str(fields.get(name, ""))]
            found.append((task, *((name, fields.get(name)) for name in kept)))
        return found


def rows_of(cells: Sequence[Any], look_up: Callable[[str], Mapping[str, Any] | None] | None = None) -> Rows:
    """Put cells together that differ in repetition fields only.

    Parameters
    ----------
    cells
        Records of the ledger, in the order of the plan.
    look_up
        Finds the document of a nested configuration by its id.
    """
    members: dict[int, list[int]] = {}
    for at, cell in enumerate(cells):
        members.setdefault(cell.row, []).append(at)
    places = np.full((len(members), max(map(len, members.values()), default=1)), -1, np.int64)
    fields, tags, repeated = [], [], set()
    for row, mine in enumerate(members.values()):
        places[row, : len(mine)] = mine
        first = plain(cells[mine[0]].content)
        fields.append(flat(first, look_up))
        tags.append(flat({"fields": _shared([plain(cells[each].tags) for each in mine])}, look_up))
        repeated |= {name for each in mine[1:] for name in _differing(first, plain(cells[each].content))}
    varied = [name for name in varying(fields) if name.partition(".")[0] not in repeated]
    return Rows(cells, places, fields, tags, varied, sorted(repeated))


def _says_else(value: Any, fields: Mapping[str, Value], name: str) -> bool:
    """Tell whether a result says something that a field does not."""
    missing = value is None or not isinstance(value, (bool, int, float, str)) or value != value
    return not missing and (name not in fields or value != fields[name])


def _shared(documents: list[dict[str, Any]]) -> dict[str, Value]:
    first, *others = documents
    return {
        name: value for name, value in first.items() if all(name in other and other[name] == value for other in others)
    }


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Name the fields that differ between two cells."""
    mine, theirs = one.get("fields", {}), other.get("fields", {})
    return [name for name, value in mine.items() if theirs.get(name) != value]
