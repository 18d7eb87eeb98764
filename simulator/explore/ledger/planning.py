"""Enter what a plan makes: new cells, who belongs to the grid, and who does not any more."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from simulator.explore.ledger.reasons import why_new
from simulator.explore.ledger.records import Planned
from simulator.explore.ledger.schema import CODES
from simulator.explore.states import BLOCKED, CANCELLED, PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from sqlite3 import Connection

    from simulator.explore.ledger.records import Described

__all__ = ["UNLINKED", "enter_plan", "foreseen_reasons"]

#: Reason of cells that no plan makes any more; they are taken up again when one does.
UNLINKED = "no plan makes it any more"

_NEW = "new"


def enter_plan(
    con: Connection,
    grid: str,
    ids: Sequence[str],
    digest: str,
    describe: Callable[[int], Described],
    label: Callable[[int], tuple[str, str]] | None = None,
) -> Planned:
    """Make a grid consist of these cells, within a transaction; see `simulator.explore.ledger.Ledger.plan`."""
    stored = con.execute("SELECT key, digest FROM grid WHERE name = ?", (grid,)).fetchone()
    if stored and stored[1] == digest:
        return Planned(new=0, known=len(ids), unlinked=0, unchanged=True)
    con.execute(
        "INSERT INTO grid (name, digest) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest",
        (grid, digest),
    )
    (key,) = con.execute("SELECT key FROM grid WHERE name = ?", (grid,)).fetchone()
    con.execute("CREATE TEMP TABLE wanted (position INTEGER PRIMARY KEY, id BLOB NOT NULL)")
    try:
        con.executemany("INSERT INTO wanted VALUES (?, ?)", enumerate(map(bytes.fromhex, ids)))
        new, reasons = _enter_cells(con, describe)
        unlinked = _link(con, key, _members(con, key, describe, label, set(new)))
    finally:
        con.execute("DROP TABLE wanted")
    return Planned(new=len(new), known=len(ids) - len(new), unlinked=unlinked, unchanged=False, reasons=dict(reasons))


def foreseen_reasons(con: Connection, slots: Sequence[str], describe: Callable[[int], Described]) -> Counter[str]:
    """Count why cells would be new that are not entered; see `simulator.explore.ledger.LedgerView.foreseen_reasons`."""
    reasons: Counter[str] = Counter()
    for position, slot in enumerate(slots):
        before = con.execute(
            "SELECT content FROM document WHERE cell = (SELECT max(key) FROM cell WHERE slot = ?)", (_slot(slot),)
        ).fetchone()
        if before is not None:
            told = describe(position)
            reasons[why_new(before[0], told.content, partial(_told_or_part, con, dict(told.nested)))] += 1
    return reasons


def _enter_cells(con: Connection, describe: Callable[[int], Described]) -> tuple[list[int], Counter[str]]:
    """Enter the cells that the ledger does not know, and describe those it knows by their results alone."""
    (first,) = con.execute("SELECT coalesce(max(key), 0) + 1 FROM cell").fetchone()
    absent = con.execute(
        "SELECT position, wanted.id, key FROM wanted LEFT JOIN cell ON cell.id = wanted.id"
        " WHERE row_id IS NULL ORDER BY position"
    ).fetchall()
    tasks: dict[tuple[str, int], int] = {}
    parts: dict[str, str] = {}
    key = first
    for start in range(0, len(absent), 1000):
        cells, documents, states = [], [], []
        for position, cell, known in absent[start : start + 1000]:
            told = describe(position)
            task = tasks.get((told.task, told.version)) or _task(con, tasks, told.task, told.version)
            at = known or key
            cells.append((at, cell, bytes.fromhex(told.row_id), _slot(told.slot_id), task, told.name))
            documents.append((at, told.content, told.tags))
            parts.update(told.nested)
            if not known:
                states.append((at, CODES[PENDING], _NEW))
                key += 1
        con.executemany("INSERT OR REPLACE INTO cell (key, id, row_id, slot, task, name) VALUES (?,?,?,?,?,?)", cells)
        con.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", documents)
        con.executemany("INSERT INTO status (cell, state, reason) VALUES (?, ?, ?)", states)
    con.executemany("INSERT OR IGNORE INTO part VALUES (?, ?)", ((bytes.fromhex(part), parts[part]) for part in parts))
    reasons = _give_reasons(con, first)
    return [position for position, _, known in absent if known is None], reasons


def _slot(slot: str) -> int:
    """Shorten a digest: a place is only looked up to say what was there before."""
    return int(slot[:15], 16)


def _task(con: Connection, tasks: dict[tuple[str, int], int], name: str, version: int) -> int:
    con.execute("INSERT OR IGNORE INTO task (name, version) VALUES (?, ?)", (name, version))
    (key,) = con.execute("SELECT key FROM task WHERE name = ? AND version = ?", (name, version)).fetchone()
    tasks[name, version] = key
    return int(key)


def _give_reasons(con: Connection, first: int) -> Counter[str]:
    """Say of new cells why they are not the ones that were in their place before, and count the reasons."""
    pairs = con.execute(
        "SELECT fresh.key, max(old.key) FROM cell AS fresh CROSS JOIN cell AS old"
        " ON old.slot = fresh.slot AND old.key < ? WHERE fresh.key >= ? GROUP BY fresh.key",
        (first, first),
    ).fetchall()

    reasons: Counter[str] = Counter()
    for fresh, old in pairs:
        before, after = (
            con.execute("SELECT content FROM document WHERE cell = ?", (key,)).fetchone()[0] for key in (old, fresh)
        )
        reason = why_new(before, after, lambda config: _part(con, config))
        con.execute("UPDATE status SET reason = ? WHERE cell = ?", (reason, fresh))
        reasons[reason] += 1
    return reasons


def _told_or_part(con: Connection, told: Mapping[str, str], config: str) -> str | None:
    return told.get(config) or _part(con, config)


def _part(con: Connection, config: str) -> str | None:
    found = con.execute("SELECT content FROM part WHERE id = ?", (bytes.fromhex(config),)).fetchone()
    return found[0] if found else None


def _members(
    con: Connection,
    grid: int,
    describe: Callable[[int], Described],
    label: Callable[[int], tuple[str, str]] | None,
    new: set[int],
) -> Iterator[tuple[int, int, int, int, str | None, str | None]]:
    """Give each row a number, and keep the names and tags that are this grid's own."""
    lines: dict[bytes, int] = {}
    planned = con.execute(
        "SELECT position, key, row_id, name, tags FROM wanted JOIN cell ON cell.id = wanted.id"
        " JOIN document ON document.cell = key ORDER BY position"
    ).fetchall()
    for position, cell, row, name, tags in planned:
        line = lines.setdefault(row, len(lines))
        own_name, own_tags = name, tags
        if position not in new:
            if label:
                own_name, own_tags = label(position)
            else:
                told = describe(position)
                own_name, own_tags = told.name, told.tags
        yield grid, position, cell, line, None if own_name == name else own_name, None if own_tags == tags else own_tags


def _link(con: Connection, grid: int, members: Iterator[tuple[int, int, int, int, str | None, str | None]]) -> int:
    """Make these the grid's cells; those that no grid has any more do not run."""
    con.execute("CREATE TEMP TABLE was AS SELECT cell FROM member WHERE grid = ?", (grid,))
    try:
        con.execute("DELETE FROM member WHERE grid = ?", (grid,))
        con.executemany("INSERT INTO member VALUES (?, ?, ?, ?, ?, ?)", members)
        con.execute(
            "DELETE FROM was WHERE EXISTS (SELECT 1 FROM member WHERE member.cell = was.cell AND grid = ?)", (grid,)
        )
        (unlinked,) = con.execute("SELECT count(*) FROM was").fetchone()
        con.execute(
            "UPDATE status SET state = ?, reason = ?, begun = NULL WHERE state IN (?, ?, ?) AND cell IN (SELECT cell"
            " FROM was WHERE NOT EXISTS (SELECT 1 FROM member WHERE member.cell = was.cell))",
            (CODES[CANCELLED], UNLINKED, CODES[PENDING], CODES[RUNNING], CODES[BLOCKED]),
        )
    finally:
        con.execute("DROP TABLE was")
    con.execute(
        "UPDATE status SET state = ?, reason = ? WHERE state = ? AND reason = ?"
        " AND cell IN (SELECT cell FROM member WHERE grid = ?)",
        (CODES[PENDING], "planned again", CODES[CANCELLED], UNLINKED, grid),
    )
    return int(unlinked)
