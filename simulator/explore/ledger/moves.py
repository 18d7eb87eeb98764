"""What becomes of cells, apart from their results: each move is to happen within a transaction.

A cell runs if and only if it names the chunk that it runs in, and is done if and only if it names the shard that its
result lies in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.ledger.keys import Standing, chunk_key, known, standings, text
from simulator.explore.ledger.schema import CODES
from simulator.explore.states import BLOCKED, CANCELLED, DONE, FAILED, PENDING, RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

__all__ = ["CHANGEABLE", "LOST", "begin", "clear", "fail", "losses", "lost", "retry", "set_state"]

#: How an attempt ended that brought no result and no error.
LOST = 9
#: States that a cell can be put into from outside.
CHANGEABLE = (PENDING, CANCELLED, STOPPED, BLOCKED)


def begin(con: Connection, chunk: str, ids: Iterable[str], executor: str, job: str | None) -> list[str]:
    """Hand pending cells to an executor; others are left out."""
    key = chunk_key(con, chunk, executor, job)
    begun = [(cell, stands.key) for cell, stands in known(con, ids).items() if stands.state == CODES[PENDING]]
    con.executemany(
        "UPDATE status SET state = ?, begun = ? WHERE cell = ?", ((CODES[RUNNING], key, cell) for _, cell in begun)
    )
    return [cell for cell, _ in begun]


def fail(con: Connection, cell: str, error: str, traceback: str | None) -> bool:
    """Give a cell up; one that has a result keeps it.

    If it runs, this attempt has failed. If it does not, it is the last one that is said to have.
    """
    stands = known(con, [cell])[cell]
    if stands.state == CODES[DONE]:
        return False
    if stands.begun is None and stands.attempts:
        con.execute(
            "UPDATE attempt SET ended = ?, error = ?, traceback = ? WHERE cell = ? AND number = ?",
            (CODES[FAILED], text(error), text(traceback), stands.key, stands.attempts),
        )
    else:
        _add_attempt(con, stands, CODES[FAILED], error, traceback)
    con.execute("UPDATE status SET state = ?, begun = NULL WHERE cell = ?", (CODES[FAILED], stands.key))
    return True


def lost(con: Connection, chunk: str, why: str) -> list[str]:
    """Make the cells pending that a chunk left without a result."""
    running = con.execute(
        "SELECT id, state, attempts, begun, cell.key FROM chunk JOIN status ON begun = chunk.key"
        " JOIN cell ON cell.key = cell WHERE chunk.name = ? ORDER BY cell.key",
        (chunk,),
    ).fetchall()
    for _, state, attempts, begun, key in running:
        _add_attempt(con, Standing(key, state, attempts, begun), LOST, why, None)
        con.execute(
            "UPDATE status SET state = ?, begun = NULL, reason = ? WHERE cell = ?",
            (CODES[PENDING], text(f"lost: {why}"), key),
        )
    return [row[0].hex() for row in running]


def _add_attempt(con: Connection, stands: Standing, ended: int, error: str, traceback: str | None) -> None:
    con.execute(
        "INSERT INTO attempt (cell, number, ended, chunk, error, traceback) VALUES (?, ?, ?, ?, ?, ?)",
        (stands.key, stands.attempts + 1, ended, stands.begun, text(error), text(traceback)),
    )
    con.execute("UPDATE status SET attempts = attempts + 1 WHERE cell = ?", (stands.key,))


def losses(con: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Count how often cells ended without a result since they were last asked to run."""
    found = {}
    for cell, stands in standings(con, list(ids)).items():
        (found[cell],) = con.execute(
            "SELECT count(*) FROM attempt JOIN status USING (cell) WHERE cell = ? AND ended = ? AND number > chances",
            (stands.key, LOST),
        ).fetchone()
    return found


def set_state(con: Connection, ids: Iterable[str], state: str, reason: str) -> int:
    """Put cells into a state, with the reason; those that have a result keep it."""
    if state not in CHANGEABLE:
        raise LedgerError(f"cells cannot be made {state!r}; they can be made {', '.join(CHANGEABLE)}")
    keys = [stands.key for stands in known(con, ids).values() if stands.state != CODES[DONE]]
    con.executemany(
        "UPDATE status SET state = ?, reason = ?, begun = NULL WHERE cell = ?",
        ((CODES[state], text(reason), key) for key in keys),
    )
    return len(keys)


def retry(con: Connection, ids: Iterable[str]) -> int:
    """Make cells pending that ended without a result, however they did."""
    return _again(con, ids, {CODES[state] for state in (FAILED, CANCELLED, STOPPED, BLOCKED)}, "asked to run again")


def clear(con: Connection, ids: Iterable[str]) -> int:
    """Forget results, and make the cells pending; those that run are left to run."""
    return _again(con, ids, {*CODES.values()} - {CODES[RUNNING]}, "its result was cleared")


def _again(con: Connection, ids: Iterable[str], states: set[int], reason: str) -> int:
    keys = [stands.key for stands in known(con, ids).values() if stands.state in states]
    con.executemany(
        "UPDATE status SET state = ?, reason = ?, chances = attempts, shard = NULL, first = NULL, rows = NULL"
        " WHERE cell = ?",
        ((CODES[PENDING], reason, key) for key in keys),
    )
    return len(keys)
