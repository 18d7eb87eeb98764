"""Identifiers as they are stored, and what the tables call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import UnknownCellError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

__all__ = ["Standing", "chunk_key", "grid_key", "standing", "standings"]


class Standing(NamedTuple):
    """How a cell stands before something happens to it: its key, and columns of ``status``."""

    key: int
    state: int
    attempts: int
    begun: int | None


def standing(con: Connection, cell: str) -> Standing | None:
    """Find out how a cell stands; None if the ledger does not know it."""
    found = con.execute(
        "SELECT key, state, attempts, begun FROM cell JOIN status ON status.cell = key WHERE id = ?",
        (bytes.fromhex(cell),),
    ).fetchone()
    return Standing(*found) if found else None


def standings(con: Connection, ids: Iterable[str]) -> list[tuple[str, Standing]]:
    """Find out how cells stand.

    Raises
    ------
    UnknownCellError
        If the ledger does not know one.
    """
    found = []
    for cell in ids:
        if (stands := standing(con, cell)) is None:
            (n,) = con.execute("SELECT count(*) FROM cell").fetchone()
            raise UnknownCellError(f"no cell {cell}; the ledger has {n} others. Only what was planned has a state")
        found.append((cell, stands))
    return found


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


def chunk_key(con: Connection, name: str, executor: str | None = None, job: str | None = None) -> int:
    """Find a chunk's key; a chunk that is new is entered."""
    con.execute(
        "INSERT INTO chunk (name, executor, job) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET executor = coalesce(excluded.executor, executor), job = coalesce(excluded.job, job)",
        (name, executor, job),
    )
    (key,) = con.execute("SELECT key FROM chunk WHERE name = ?", (name,)).fetchone()
    return int(key)
