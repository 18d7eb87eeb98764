"""What the ledger tells; nothing here writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import UnknownCellError
from simulator.explore.chunk import Located
from simulator.explore.ledger.keys import grid_key, long_text_of, looked_up
from simulator.explore.ledger.moves import LOST
from simulator.explore.ledger.records import Attempt, CellRow, Durations, GridRow, Running
from simulator.explore.ledger.schema import CODES, WORDS
from simulator.explore.states import DONE, PENDING, RUNNING, STATES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from sqlite3 import Connection

__all__ = [
    "attempts",
    "cells",
    "contents",
    "counts",
    "durations",
    "grids",
    "located",
    "matching",
    "running",
    "states",
    "todo",
]

_CELLS = (
    "SELECT position, line, row_id, cell.id, coalesce(member.name, cell.name), task.name, state, reason, attempts,"
    " time_s, cpu_s, error, shard.path, first, rows, coalesce(member.tags, document.tags), {content}"
    " FROM member CROSS JOIN status ON status.cell = member.cell CROSS JOIN cell ON cell.key = member.cell"
    " CROSS JOIN task ON task.key = cell.task CROSS JOIN document ON document.cell = member.cell"
    " LEFT JOIN attempt ON attempt.cell = member.cell AND number = attempts"
    " LEFT JOIN shard ON shard.key = status.shard WHERE grid = ?{condition} ORDER BY position"
)


def grids(con: Connection) -> list[GridRow]:
    """List the grids, in the order in which they were first planned."""
    return [
        GridRow(*row)
        for row in con.execute(
            "SELECT name, digest, (SELECT count(*) FROM member WHERE grid = key),"
            " (SELECT coalesce(max(line), -1) + 1 FROM member WHERE grid = key) FROM grid ORDER BY key"
        )
    ]


def states(con: Connection, grid: str) -> dict[str, str]:
    """Tell the state of each cell of a grid, in plan order."""
    found = con.execute(
        "SELECT id, state FROM member CROSS JOIN cell ON key = member.cell JOIN status ON status.cell = key"
        " WHERE grid = ? ORDER BY position",
        (grid_key(con, grid),),
    )
    return {cell.hex(): WORDS[state] for cell, state in found}


def counts(con: Connection, grid: str | None) -> dict[str, int]:
    """Count the cells of a grid in each state; of all grids together, each cell once, if none is named."""
    if grid is None:
        found = con.execute(
            "SELECT state, count(*) FROM status WHERE EXISTS (SELECT 1 FROM member WHERE member.cell = status.cell)"
            " GROUP BY state"
        )
    else:
        found = con.execute(
            "SELECT state, count(*) FROM member CROSS JOIN status ON status.cell = member.cell WHERE grid = ?"
            " GROUP BY state",
            (grid_key(con, grid),),
        )
    counted = {WORDS[state]: n for state, n in found}
    return {state: counted.get(state, 0) for state in STATES}


def todo(con: Connection, grid: str) -> list[str]:
    """List the pending cells of a grid, in plan order."""
    found = con.execute(
        "SELECT id FROM member CROSS JOIN status ON status.cell = member.cell CROSS JOIN cell ON key = member.cell"
        " WHERE grid = ? AND state = ? ORDER BY position",
        (grid_key(con, grid), CODES[PENDING]),
    )
    return [cell.hex() for (cell,) in found]


def cells(
    con: Connection, grid: str, content: bool, wanted: Collection[str] | None, ids: Iterable[str] | None
) -> Iterator[CellRow]:
    """Tell of each cell of a grid, in plan order."""
    key = grid_key(con, grid)
    column = "document.content" if content else "NULL"
    if ids is not None:
        sql = _CELLS.format(content=column, condition=" AND member.cell = (SELECT key FROM cell WHERE id = ?)")
        found = [row for cell in ids for row in con.execute(sql, (key, bytes.fromhex(cell)))]
        yield from map(_cell, sorted(found))
        return
    codes = ", ".join(str(CODES[state]) for state in (STATES if wanted is None else wanted))
    condition = "" if wanted is None else f" AND state IN ({codes})"
    yield from map(_cell, con.execute(_CELLS.format(content=column, condition=condition), (key,)))


def _cell(row: tuple[object, ...]) -> CellRow:
    position, line, row_id, cell, name, task, state, *rest = row
    made: CellRow = CellRow._make(
        (position, line, row_id.hex(), cell.hex(), name, task, WORDS[state], *rest)  # type: ignore[attr-defined, index]  # the columns' types are known to SQLite alone
    )
    return made


def attempts(con: Connection, cell: str) -> list[Attempt]:
    """Tell of each attempt at a cell, the first one first, and of the one that runs."""
    found = con.execute(
        "SELECT cell.key, attempts, chunk.name, executor, job FROM cell JOIN status ON status.cell = cell.key"
        " LEFT JOIN chunk ON chunk.key = begun WHERE id = ?",
        (bytes.fromhex(cell),),
    ).fetchone()
    if found is None:
        raise UnknownCellError(f"no cell {cell} in this ledger; `simulator grid status` lists those there are")
    key, n, *place = found
    words = {**WORDS, LOST: "lost"}
    told = [
        Attempt(number, words[ended], *rest[:-2], *map(long_text_of, rest[-2:]))
        for number, ended, *rest in con.execute(
            "SELECT number, ended, chunk.name, executor, job, started_s, time_s, cpu_s, error, traceback, output"
            " FROM attempt LEFT JOIN chunk ON chunk.key = chunk WHERE cell = ? ORDER BY number",
            (key,),
        )
    ]
    if place[0] is not None:
        told.append(Attempt._make((n + 1, RUNNING, *place, *[None] * 6)))
    return told


def running(con: Connection) -> list[Running]:
    """List the chunks that have cells running, the oldest first."""
    found: dict[tuple[str, str, str | None], list[str]] = {}
    for name, executor, job, cell in con.execute(
        "SELECT chunk.name, executor, job, id FROM status JOIN chunk ON chunk.key = begun"
        " JOIN cell ON cell.key = status.cell WHERE begun IS NOT NULL ORDER BY chunk.key, cell.key"
    ):
        found.setdefault((name, executor, job), []).append(cell.hex())
    return [Running(*chunk, ids) for chunk, ids in found.items()]


def located(con: Connection, ids: Iterable[str]) -> dict[str, Located]:
    """Tell where results lie; cells without one are left out."""
    asked = list(ids)
    sql = (
        "SELECT id, path, first, rows FROM cell CROSS JOIN status ON status.cell = cell.key"
        " JOIN shard ON shard.key = status.shard WHERE id IN"
    )
    found = {cell: Located(cell, *place) for cell, place in looked_up(con, sql, asked)}
    return {cell: found[cell] for cell in asked if cell in found}


def contents(con: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Tell the JSON texts of cells and of configurations within cells; unknown ones are left out."""
    found = {}
    for config in ids:
        key = bytes.fromhex(config)
        told = con.execute(
            "SELECT content FROM cell JOIN document ON document.cell = cell.key WHERE id = ?"
            " UNION ALL SELECT content FROM part WHERE id = ?",
            (key, key),
        ).fetchone()
        if told:
            (found[config],) = told
    return found


def matching(con: Connection, prefix: str) -> list[str]:
    """Find cells by the beginning of their identifiers, at most two."""
    low, high = bytes.fromhex(prefix.ljust(64, "0")), bytes.fromhex(prefix.ljust(64, "f"))
    found = con.execute("SELECT id FROM cell WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 2", (low, high))
    return [cell.hex() for (cell,) in found]


def durations(con: Connection) -> Durations:
    """Average how long finished attempts took, over all that the ledger ever saw."""
    of_rows: dict[str, float] = {}
    of_tasks: dict[str, list[float]] = {}
    for row, task, total, n in con.execute(
        "SELECT row_id, task.name, sum(time_s), count(*) FROM attempt JOIN cell ON cell.key = attempt.cell"
        " JOIN task ON task.key = cell.task WHERE ended = ? GROUP BY row_id",
        (CODES[DONE],),
    ):
        of_rows[row.hex()] = total / n
        sums = of_tasks.setdefault(task, [0.0, 0])
        sums[0] += total
        sums[1] += n
    return Durations(of_rows, {task: total / n for task, (total, n) in of_tasks.items()})
