"""Why a cell is what it is: its content, what became of it and why, and in what it differs from another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import UnknownCellError
from simulator.explore.places import job_folder, shown_id
from simulator.explore.read.grids import chosen, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from simulator.explore.config import Difference
    from simulator.explore.ledger import Ledger
    from simulator.explore.ledger.records import Attempt, CellRow

__all__ = ["Explained", "differing", "explain_cell", "find_cell"]


@dataclass(frozen=True)
class Explained:
    """All that is known about a cell.

    Parameters
    ----------
    cell
        Record of the ledger, with its content.
    grid
        A grid that it is in.
    fields, meta, tags
        Its content, what is no part of its id, and what the plan marked.
    attempts
        How often it was tried, the first time first.
    result
        Where its rows lie: path of the shard; None without a result.
    jobpath
        Its own folder; None if it has made none.
    alike
        How many cells are meant, of which this is the first.
    row
        How many of these there are of each state and reason; the most first.
    """

    cell: CellRow
    grid: str
    fields: Mapping[str, Any]
    meta: Mapping[str, Any]
    tags: Mapping[str, Any]
    attempts: Sequence[Attempt]
    result: Path | None
    jobpath: Path | None
    alike: int
    row: Mapping[tuple[str, str], int]


def find_cell(ledger: Ledger, wanted: str, grid: str | None = None) -> tuple[str, CellRow, list[CellRow]]:
    """Find the one cell that a word means, in any grid of the folder.

    Parameters
    ----------
    ledger
        Where to look.
    wanted
        Beginning of an id, index of a row (of which the first cell is meant), or part of a name.
    grid
        Name of the grid; None means all of them.

    Returns
    -------
    tuple
        Name of the grid, record of the cell, and those of all cells that the word means.

    Raises
    ------
    UnknownCellError
        If there is none, or there are several rows of them.
    """
    grids = [each.name for each in ledger.grids()] if grid is None else [grid]
    found = []
    for name in grids:
        try:
            found.append((name, chosen(ledger, name, [wanted], content=True)))
        except UnknownCellError:
            if len(grids) == 1:
                raise
    cells = {cell.id: (name, cell) for name, all_of in reversed(found) for cell in reversed(all_of)}
    if not cells:
        raise UnknownCellError(f"no cell is called {wanted!r} in {', '.join(grids) or 'this folder'}")
    several = list({cell.row_id: (name, cell) for name, cell in reversed(cells.values())}.values())
    if len(several) > 1:
        said = ", ".join(f"{cell.row} {cell.name} ({shown_id(cell.id)}) in {name}" for name, cell in several[:3])
        raise UnknownCellError(f"{wanted!r} means {len(several)} rows: {said}{', ...' * (len(several) > 3)}; name one")
    name, cell = min(cells.values(), key=lambda each: each[1].position)
    return name, cell, [each for _, each in cells.values()]


def explain_cell(folder: str | PathLike[str], wanted: str, *, grid: str | None = None) -> Explained:
    """Tell all that is known about a cell.

    Parameters
    ----------
    folder
        The sweep's folder.
    wanted
        Beginning of its id, index of its row, or part of its name.
    grid
        Name of the grid; None means all of them.

    Raises
    ------
    UnknownCellError
        If there is none, or there are several.
    LedgerError
        If the folder cannot be read.
    """
    from simulator.explore.ledger import Ledger

    folder = Path(folder)
    with Ledger.open(folder, write=False) as ledger:
        name, cell, alike = find_cell(ledger, wanted, grid)
        attempts = list(ledger.attempts(cell.id))
    content = plain(cell.content)
    jobpath = job_folder(folder, cell.id)
    return Explained(
        cell=cell,
        grid=name,
        fields=content.get("fields", {}),
        meta=content.get("meta", {}),
        tags=plain(cell.tags),
        attempts=attempts,
        result=None if cell.shard is None else folder / cell.shard,
        jobpath=jobpath if jobpath.is_dir() else None,
        alike=len(alike),
        row=dict(Counter((each.state, each.reason) for each in alike).most_common()),
    )


def differing(
    folder: str | PathLike[str], one: str, other: str, *, grid: str | None = None
) -> tuple[CellRow, CellRow, list[Difference]]:
    """Say in which fields two cells differ.

    Parameters
    ----------
    folder
        The sweep's folder.
    one, other
        The cells, as `explain_cell` takes them.
    grid
        Name of the grid; None means all of them.

    Raises
    ------
    UnknownCellError
        If there is no such cell, or there are several.
    """
    from simulator.explore.config import explain
    from simulator.explore.ledger import Ledger

    with Ledger.open(Path(folder), write=False) as ledger:
        (_, first, _), (_, second, _) = (find_cell(ledger, each, grid) for each in (one, other))

        def look_up(nested: str) -> dict[str, Any]:
            return plain(ledger.contents([nested]).get(nested))

        return first, second, explain(plain(first.content), plain(second.content), look_up)
