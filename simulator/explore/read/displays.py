"""What people see of a grid, as the hooks of its explorer want it: a line a row, columns under grouped headings.

Each cell's result goes through `Explorer.line`; where a row has several cells, numbers are means with half the width of
their interval, and text stands where all agree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.errors import UnknownCellError
from simulator.explore.places import shown_id
from simulator.explore.plan.columns import Group, leaf
from simulator.explore.plan.sheep import Sheep
from simulator.explore.read.columns import Column, column_of
from simulator.explore.read.grids import plain
from simulator.explore.read.measures import CELL, LABELS
from simulator.explore.read.naming import names_of
from simulator.explore.read.rows import rows_of
from simulator.explore.states import DONE, PENDING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from simulator.explore.plan.columns import Leaf
    from simulator.explore.plan.explorer import Explorer
    from simulator.explore.read.gathering import Gathered
    from simulator.explore.read.rows import Rows

    Path = tuple[str, ...]
    Told = list[dict[Path, Any]]
    Histories = dict[str, list[dict[str, Any]]]

__all__ = ["Display", "display", "state_of"]


@dataclass(frozen=True)
class Display:
    """A table for people.

    Parameters
    ----------
    columns
        Its columns.
    colors
        Parameters of SGR sequences (ECMA-48) that columns take in turn.
    hooks
        Whether an explorer chose the columns.
    """

    columns: list[Column]
    colors: tuple[str, ...] = ("0",)
    hooks: bool = False

    def without_least(self) -> Display:
        """Leave out the columns of the highest rank; the same if all are to stay."""
        highest = max((column.rank for column in self.columns), default=0)
        kept = [column for column in self.columns if column.rank < highest or not highest]
        return replace(self, columns=kept)

    def lines(self, chosen: Sequence[int]) -> Display:
        """Keep some lines only."""
        kept = [replace(column, texts=[column.texts[at] for at in chosen]) for column in self.columns]
        return replace(self, columns=kept)


def display(
    gathered: Gathered,
    explorer: Explorer,
    *,
    trim: int | None = None,
    trim_last: bool = False,
    confidence: float = 0.95,
) -> Display:
    """Show a grid as its explorer wants it.

    Parameters
    ----------
    gathered
        Cells and results.
    explorer
        Whose hooks are called, once for each cell that is done.
    trim
        Index of a row: all histories are cut to the length of its shortest one, so that all are seen at the same age.
    trim_last
        Whether to cut all to the shortest of all.
    confidence
        How often the intervals hold the mean of infinitely many seeds.

    Raises
    ------
    UnknownCellError
        If no row has the index ``trim``, or none of its cells is done.
    """
    rows = rows_of(gathered.cells, gathered.look_up).only(gathered.chosen)
    histories = _histories(gathered)
    length = _length(rows, histories, trim, trim_last=trim_last)
    metas: list[dict[Path, Any]] = []
    told: list[Told] = []
    for row, name in enumerate(rows.names()):
        cells = rows.members(row)
        state = state_of(Counter(cell.state for cell in cells))
        metas.append(
            {("index",): cells[0].row, ("name",): name, ("state",): state, ("sig",): shown_id(cells[0].row_id)}
        )
        done = [cell for cell in cells if cell.id in histories]
        told.append([_flat(explorer.line(_sheep(cell, histories), histories[cell.id][:length])) for cell in done])
    labels = {name for name in LABELS if all(isinstance(line.get((name,), True), bool) for row in told for line in row)}
    known = labels | rows.echoes(gathered.picked_results())
    wanted = _leaves(explorer.get_grid_metrics()) or _whatever(told, known)
    columns = [
        Column(headings, each.align or "<", [each.text(meta.get(path)) for meta in metas])
        for path, headings, each in _leaves(explorer.get_grid_meta())
        if any(path in meta for meta in metas)
    ]
    columns += [column_of(path, headings, each, told, confidence) for path, headings, each in wanted]
    return Display(columns, tuple(explorer.get_colors()), hooks=True)


def state_of(counts: Mapping[str, int]) -> str:
    """Say in a word or two what became of the cells of a row.

    Examples
    --------
    >>> state_of({"done": 2}), state_of({"done": 1, "pending": 1, "failed": 1}), state_of({"failed": 1, "done": 0})
    ('done', '1/3, 1 failed', 'failed')
    """
    present = {state: count for state, count in counts.items() if count}
    if len(present) == 1:
        return next(iter(present))
    others = [f"{count} {state}" for state, count in present.items() if state not in (DONE, PENDING)]
    return ", ".join([f"{present.get(DONE, 0)}/{sum(present.values())}", *others])


def _histories(gathered: Gathered) -> Histories:
    """Give what each cell returned, a dictionary a row, with what was nested nested again."""
    from pandas import NA

    results = gathered.picked_results()
    names = [name for name in results.columns if name != CELL]
    found: Histories = {}
    ids = results[CELL].tolist() if CELL in results.columns else []
    for cell, values in zip(ids, zip(*(results[name].tolist() for name in names), strict=True), strict=False):
        row: dict[str, Any] = {}
        for name, value in zip(names, values, strict=True):
            if value is not None and value is not NA and value == value:  # not a number, so there is none
                _put(row, name.split("."), value)
        found.setdefault(cell, []).append(row)
    return found


def _put(row: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        inner = row.setdefault(name, {})
        if not isinstance(inner, dict):
            row[".".join(path)] = value
            return
        row = inner
    row[path[-1]] = value


def _length(rows: Rows, histories: Histories, trim: int | None, *, trim_last: bool) -> int | None:
    """Find how many steps of a history count; None means all."""
    if trim is None and not trim_last:
        return None
    cells = [cell for row in range(len(rows)) for cell in rows.members(row) if trim in (None, cell.row)]
    lengths = [len(histories[cell.id]) for cell in cells if cell.id in histories]
    if trim is not None and not lengths:
        raise UnknownCellError(
            f"trim is {trim}, and "
            + ("no cell of this row is done yet" if cells else f"there are {len(rows)} rows, from 0")
        )
    return min(lengths, default=None)


def _sheep(cell: Any, histories: Histories) -> Sheep:
    return Sheep(
        id=cell.id,
        name=cell.name,
        state=cell.state,
        config=plain(cell.content).get("fields", {}),
        tags=plain(cell.tags),
        history=histories[cell.id],
        index=cell.row,
    )


def _flat(line: Mapping[str, Any], above: tuple[str, ...] = ()) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for name, value in line.items():
        found |= _flat(value, (*above, str(name))) if isinstance(value, dict) else {(*above, str(name)): value}
    return found


def _leaves(columns: Sequence[Leaf | Group], above: Path = (), headings: Path = ()) -> list[tuple[Path, Path, Leaf]]:
    found: list[tuple[Path, Path, Leaf]] = []
    for each in columns:
        path, heads = (*above, each.name), (*headings, each.heading)
        found += _leaves(each.leaves, path, heads) if isinstance(each, Group) else [(path, heads, each)]
    return found


def _whatever(told: list[Told], known: Collection[str]) -> list[tuple[Path, Path, Leaf]]:
    """Take all that any line says and the row does not, in the order in which it is first said."""
    paths = dict.fromkeys(path for row in told for line in row for path in line if path[0] not in known)
    called = names_of([], [], [], list(dict.fromkeys(path[0] for path in paths))).results
    return [(path, (called[path[0]], *path[1:]), leaf(path[-1])) for path in paths]
