"""Identifiers as they are stored, and what the tables call them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.errors import UnknownCellError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from sqlite3 import Connection

__all__ = ["Standing", "chunk_key", "grid_key", "known", "long_text", "long_text_of", "looked_up", "standings", "text"]

#: Cells that one query is about; always as many, so that it is prepared once.
_MANY = 200
#: Texts of more characters are packed.
_LONG = 1000


class Standing(NamedTuple):
    """How a cell stands before something happens to it: its key, and columns of ``status``."""

    key: int
    state: int
    attempts: int
    begun: int | None


def looked_up(con: Connection, sql: str, ids: Sequence[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Run a query over many cells, which costs a fraction of one query each.

    Parameters
    ----------
    con
        The ledger.
    sql
        A query that gives the identifier first, and ends where the list of identifiers is to follow.
    ids
        The cells.

    Yields
    ------
    str, tuple
        Identifier and the other columns, in no order.
    """
    query = f"{sql} ({', '.join('?' * _MANY)})"
    for start in range(0, len(ids), _MANY):
        some = [bytes.fromhex(cell) for cell in ids[start : start + _MANY]]
        for cell, *rest in con.execute(query, some + some[:1] * (_MANY - len(some))):
            yield cell.hex(), tuple(rest)


def standings(con: Connection, ids: Sequence[str]) -> dict[str, Standing]:
    """Find out how cells stand; those that the ledger does not know are left out."""
    sql = "SELECT id, key, state, attempts, begun FROM cell CROSS JOIN status ON status.cell = key WHERE id IN"
    return {cell: Standing(*rest) for cell, rest in looked_up(con, sql, ids)}


def known(con: Connection, ids: Iterable[str]) -> dict[str, Standing]:
    """Find out how cells stand, each once, in the order given.

    Raises
    ------
    UnknownCellError
        If the ledger does not know one.
    """
    asked = list(dict.fromkeys(ids))
    found = standings(con, asked)
    if len(found) < len(asked):
        unknown = next(cell for cell in asked if cell not in found)
        (n,) = con.execute("SELECT count(*) FROM cell").fetchone()
        raise UnknownCellError(f"no cell {unknown}; the ledger has {n} others. Only what was planned has a state")
    return {cell: found[cell] for cell in asked}


def grid_key(con: Connection, grid: str) -> int:
    """Find a grid's key.

    Raises
    ------
    UnknownCellError
        If no grid is called so.
    """
    found = con.execute("SELECT key FROM grid WHERE name = ?", (grid,)).fetchone()
    if found:
        return int(found[0])
    names = [name for (name,) in con.execute("SELECT name FROM grid ORDER BY key")]
    there = f"there are {', '.join(names)}" if names else "no plan was run here yet"
    raise UnknownCellError(f"no grid is called {grid!r}; {there}{nearest(grid, names)}")


def text(said: str | None) -> str | None:
    """Make text that can be stored of what a program said, which may hold bytes that are no text."""
    return None if said is None else said.encode(errors="backslashreplace").decode()


def long_text(said: str | None) -> str | bytes | None:
    """Make what can be stored of text that may be long, as what a cell has printed: it is packed if it is."""
    stored = text(said)
    return stored if stored is None or len(stored) <= _LONG else zlib.compress(stored.encode(), level=1)


def long_text_of(stored: str | bytes | None) -> str | None:
    """Give the text again that `long_text` was given."""
    return zlib.decompress(stored).decode() if isinstance(stored, bytes) else stored


def chunk_key(con: Connection, name: str, executor: str | None = None, job: str | None = None) -> int:
    """Find a chunk's key; a chunk that is new is entered."""
    con.execute(
        "INSERT INTO chunk (name, executor, job) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET executor = coalesce(excluded.executor, executor), job = coalesce(excluded.job, job)",
        (name, executor, job),
    )
    (key,) = con.execute("SELECT key FROM chunk WHERE name = ?", (name,)).fetchone()
    return int(key)
