"""What all repositories need: tables behind classes, and how many rows a statement met."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import CursorResult, Delete, Table, Update
    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.database.tables import Base

__all__ = ["matched", "store", "table"]


def table(row: type[Base]) -> Table:
    """Look up the table of a class of rows: statements on tables make no objects that a session must watch."""
    return cast("Table", row.__table__)


async def matched(
    session: AsyncSession, statement: Update | Delete, parameters: Mapping[str, Any] | None = None
) -> int:
    """Run a statement and count the rows that it changed."""
    return cast("CursorResult[tuple[()]]", await session.execute(statement, parameters)).rowcount


async def store(session: AsyncSession, into: Table, where: Mapping[str, Any], columns: Mapping[str, Any]) -> int:
    """Store some columns of the rows that have these values, and count the rows.

    To write a statement takes several times as long as to run it, so those written once are kept.
    """
    statement = _storing(into, tuple(where), tuple(columns))
    parameters = {f"is_{name}": value for name, value in where.items()}
    parameters |= {f"new_{name}": value for name, value in columns.items()}
    return await matched(session, statement, parameters)


@lru_cache(maxsize=256)
def _storing(into: Table, where: tuple[str, ...], columns: tuple[str, ...]) -> Update:
    conditions = [into.c[name] == bindparam(f"is_{name}") for name in where]
    return update(into).where(*conditions).values({name: bindparam(f"new_{name}") for name in columns})
