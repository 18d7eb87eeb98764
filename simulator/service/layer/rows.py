"""What all repositories need: tables behind classes, and how many rows a statement met."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Delete, Table, Update
    from sqlalchemy.ext.asyncio import AsyncSession

    from simulator.service.database.tables import Base

__all__ = ["matched", "table"]


def table(row: type[Base]) -> Table:
    """Look up the table of a class of rows: statements on tables make no objects that a session must watch."""
    return cast("Table", row.__table__)


async def matched(session: AsyncSession, statement: Update | Delete) -> int:
    """Run a statement and count the rows that it changed."""
    return cast("CursorResult[tuple[()]]", await session.execute(statement)).rowcount
