"""Is what is kept still true: cells are run again, and their results compared to the bit."""

from __future__ import annotations

import math
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import ConfigError, SimulatorError
from simulator.explore.chunk import Chunk, Located
from simulator.explore.places import grid_folder, shown_id
from simulator.explore.read.gathering import gather
from simulator.explore.read.grids import plain
from simulator.explore.read.measures import CELL
from simulator.explore.states import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike

    import pandas as pd

    from simulator.explore.config import Task
    from simulator.explore.ledger.records import CellRow
    from simulator.explore.read.gathering import Gathered

__all__ = ["Audit", "Unequal", "audit"]


@dataclass(frozen=True)
class Unequal:
    """A value that came out otherwise.

    Parameters
    ----------
    id, name
        Which cell.
    row
        Which row of its result, from 0; None if the result as a whole differs.
    column
        Which column; None likewise.
    kept, again
        What is kept, and what came out now, as text from which a float can be read back to the bit.
    """

    id: str
    name: str
    row: int | None
    column: str | None
    kept: str
    again: str


@dataclass(frozen=True)
class Audit:
    """What an audit found; nothing was changed.

    Parameters
    ----------
    of
        Cells that are done, and were to be chosen from.
    checked
        Cells that were run again.
    unequal
        What differs, in the order of the plan.
    left_out
        Cells that were chosen and could not be run again, by id, with the reason.
    """

    of: int
    checked: int
    unequal: list[Unequal] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def audit(
    folder: str | PathLike[str],
    grid: str | None = None,
    *,
    patterns: Sequence[str] = (),
    share: float | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Run cells again whose results are kept, and compare to the bit.

    Parameters
    ----------
    folder
        The sweep's folder; nothing in it is changed.
    grid
        Name of the grid; None means the only one.
    patterns
        Which cells; none means all.
    share
        Which part of them, at least one, chosen at random. Default: one in a hundred, or all that patterns choose.
    seed
        Seeds the choice.
    progress
        Called with how many cells were checked, and how many are to be.

    Raises
    ------
    ConfigError
        If the share is none.
    UnknownCellError
        If there is no such grid, or no such cell.
    """
    share = (1.0 if patterns else 0.01) if share is None else share
    if not 0 < share <= 1:
        raise ConfigError(f"share is {share}; it lies above 0, and 1 means all cells")
    gathered = gather(folder, grid, patterns=patterns)
    done = [cell for cell in gathered.picked() if cell.state == DONE]
    chosen = _draw(done, share, seed)
    _know_plan(gathered)
    unequal: list[Unequal] = []
    left_out: dict[str, str] = {}
    kept = dict(iter(gathered.results.groupby(CELL, sort=False)))
    with tempfile.TemporaryDirectory(prefix="simulator-audit-") as temporary:
        for at, cell in enumerate(chosen):
            try:
                again = _again(cell, gathered, Path(temporary) / str(at))
            except (SimulatorError, OSError) as error:
                left_out[cell.id] = str(error)
            else:
                unequal += _compared(cell, kept.get(cell.id), again)
            if progress:
                progress(at + 1, len(chosen))
    return Audit(len(done), len(chosen) - len(left_out), unequal, left_out)


def _draw(cells: list[CellRow], share: float, seed: int) -> list[CellRow]:
    count = min(len(cells), math.ceil(share * len(cells)))
    drawn = random.Random(seed).sample(range(len(cells)), count)  # noqa: S311  # a choice to look at, no secret
    return [cells[at] for at in sorted(drawn)]


def _know_plan(gathered: Gathered) -> None:
    """Let the classes be known that the plan itself defines."""
    from simulator.explore.plan import load_plan

    plan = grid_folder(gathered.folder, gathered.grid) / "plan.py"
    if plan.is_file() and any(cell.task.startswith("plan.") for cell in gathered.cells):
        load_plan(plan)


def _again(cell: CellRow, gathered: Gathered, folder: Path) -> pd.DataFrame:
    """Run a cell in a folder of its own.

    Raises
    ------
    ConfigError
        If it cannot be run again, or would be another cell now.
    """
    from simulator.explore.config import Config
    from simulator.explore.shards import read_rows
    from simulator.explore.work import run_chunk

    task: Any = Config.from_plain(plain(cell.content), lambda wanted: gathered.nested[wanted])
    if not getattr(task, "REPEATABLE", True):
        raise ConfigError("it measures something, and does not come out the same twice")
    task.seal()
    if task.id != cell.id:
        raise ConfigError(f"what it reads, or its class, has changed since: it would be cell {shown_id(task.id)} now")
    folder.mkdir()
    shards: list[Path] = []
    chunk = Chunk("audit", [task], needed=_needed(task, gathered))
    run_chunk(chunk, folder, lambda report: shards.append(report.shard) if report.shard else None)
    located = list(_located(folder, shards))
    if not located:
        raise ConfigError("it fails now: " + _error(folder, shards))
    again: pd.DataFrame = read_rows(folder, located)
    return again


def _needed(task: Task, gathered: Gathered) -> dict[str, Located]:
    """Say where the results lie that a cell depends on, from wherever it runs."""
    from simulator.explore.ledger import Ledger

    wanted = [each.id for each in task.dependencies()]
    if not wanted:
        return {}
    with Ledger.open(gathered.folder, write=False) as ledger:
        located = ledger.located(wanted)
    return {each: at._replace(shard=str((gathered.folder / at.shard).resolve())) for each, at in located.items()}


def _located(folder: Path, shards: Iterable[Path]) -> Iterable[Located]:
    from simulator.explore.shards import read_outcomes

    for shard in shards:
        offset = 0
        for outcome in read_outcomes(folder / shard):
            if outcome.done:
                yield Located(outcome.id, (folder / shard).relative_to(folder).as_posix(), offset, outcome.rows)
            offset += outcome.rows


def _error(folder: Path, shards: Iterable[Path]) -> str:
    from simulator.explore.shards import read_outcomes

    errors = [outcome.error for shard in shards for outcome in read_outcomes(folder / shard) if outcome.error]
    return errors[0] if errors else "it ended without a result"


def _compared(cell: CellRow, kept: pd.DataFrame | None, again: pd.DataFrame) -> list[Unequal]:
    """List what differs; columns that other cells alone have are of no account."""
    before = [] if kept is None else _records(kept)
    now = _records(again)
    if len(before) != len(now):
        return [Unequal(cell.id, cell.name, None, None, f"{len(before)} rows", f"{len(now)} rows")]
    found = []
    for row, (one, other) in enumerate(zip(before, now, strict=True)):
        for column in dict.fromkeys([*one, *other]):
            said = [repr(each[column]) if column in each else "nothing" for each in (one, other)]
            if said[0] != said[1]:
                found.append(Unequal(cell.id, cell.name, row, column, *said))
    return found


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the values of each row; a float's text, by which they are compared, is the float to the bit."""
    columns = {str(name): rows[name].tolist() for name in rows.columns if name != CELL}
    return [
        {name: _exact(values[at]) for name, values in columns.items() if not _missing(values[at])}
        for at in range(len(rows))
    ]


def _exact(value: Any) -> Any:
    # A column of whole numbers is one of floats where another cell has a float in it.
    return int(value) if isinstance(value, float) and value.is_integer() and str(value) != "-0.0" else value


def _missing(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value != value
