"""Take up what a shard holds; the first result of a cell is its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.ledger.keys import Standing, chunk_key, long_text, standings, text
from simulator.explore.ledger.schema import CODES
from simulator.explore.states import BLOCKED, DONE, FAILED, PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from simulator.explore.chunk import Outcome
    from simulator.explore.shards.info import ShardInfo

__all__ = ["record"]


def record(con: Connection, shard: ShardInfo, outcomes: Sequence[Outcome]) -> list[str]:
    """Record a shard within a transaction; see `simulator.explore.ledger.Ledger.record`."""
    if con.execute("SELECT 1 FROM shard WHERE path = ?", (shard.path,)).fetchone():
        return []
    (key,) = con.execute("SELECT coalesce(max(key), 0) + 1 FROM shard").fetchone()
    con.execute(
        "INSERT INTO shard (key, path, bytes, sha256) VALUES (?, ?, ?, ?)",
        (key, shard.path, shard.bytes, bytes.fromhex(shard.sha256)),
    )
    chunk = chunk_key(con, shard.key)
    attempts, done, failed = [], [], []
    ended: dict[str, None] = {}
    first = 0
    stand = standings(con, [outcome.id for outcome in outcomes])
    for outcome in outcomes:
        stands = stand.get(outcome.id)
        if stands is None:
            stands = stand[outcome.id] = _enter_unplanned(con, outcome.id)
        if stands.state != CODES[DONE] and outcome.id not in ended:
            known = _is_known(con, stands, outcome)
            if not known:
                attempts.append(_attempt(stands, chunk, outcome))
                stand[outcome.id] = stands._replace(attempts=stands.attempts + 1)  # a merged shard may tell of several
            if outcome.done:
                done.append((key, first, outcome.rows, not known, stands.key))
                ended[outcome.id] = None
            elif not known:
                decides = _decides(stands, chunk)
                failed.append((decides, CODES[FAILED], decides, stands.key))
                ended.update({outcome.id: None} if decides else {})
        first += outcome.rows
    con.executemany("INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", attempts)
    con.executemany(
        f"UPDATE status SET state = {CODES[DONE]}, begun = NULL, shard = ?, first = ?, rows = ?,"  # noqa: S608  # a number
        " attempts = attempts + ? WHERE cell = ?",
        done,
    )
    con.executemany(
        "UPDATE status SET attempts = attempts + 1, state = iif(?, ?, state), begun = iif(?, NULL, begun)"
        " WHERE cell = ?",
        failed,
    )
    return list(ended)


def _attempt(stands: Standing, chunk: int, outcome: Outcome) -> tuple[object, ...]:
    ended = CODES[DONE if outcome.done else FAILED]
    number = stands.attempts + 1
    return (stands.key, number, ended, chunk, *outcome[3:6], text(outcome.error), *map(long_text, outcome[7:]))


def _decides(stands: Standing, chunk: int) -> bool:
    """Whether a failure in this chunk is the end of the cell: not if it runs elsewhere, or is not to run."""
    if stands.state == CODES[RUNNING]:
        return stands.begun == chunk
    return stands.state in (CODES[PENDING], CODES[BLOCKED])


def _is_known(con: Connection, stands: Standing, outcome: Outcome) -> bool:
    """Whether this very attempt was recorded before, from a shard that was lost meanwhile or is now in a larger one."""
    if not stands.attempts:
        return False
    known = con.execute(
        "SELECT 1 FROM attempt WHERE cell = ? AND started_s = ? AND ended = ?",
        (stands.key, outcome.started_s, CODES[DONE if outcome.done else FAILED]),
    )
    return known.fetchone() is not None


def _enter_unplanned(con: Connection, cell: str) -> Standing:
    """Enter a cell of which nothing but a result is known; a plan that makes it will describe it."""
    (key,) = con.execute("SELECT coalesce(max(key), 0) + 1 FROM cell").fetchone()
    con.execute("INSERT INTO cell (key, id) VALUES (?, ?)", (key, bytes.fromhex(cell)))
    con.execute(
        "INSERT INTO status (cell, state, reason) VALUES (?, ?, ?)", (key, CODES[PENDING], "found among the shards")
    )
    return Standing(key, CODES[PENDING], 0, None)
