"""Rows of rewards: appended, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.exc import IntegrityError

from simulator.errors import BadOperationError
from simulator.service.database.tables import RewardRow
from simulator.service.layer.repositories.rows import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Rewards"]

_REWARD = table(RewardRow)
_APPEND = insert(_REWARD)


class Rewards:
    """Rewards of a database.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, job_id: str, since: Sequence[int] | None) -> list[tuple[int, float]]:
        """Read positions and rewards, in the order in which each position was told them."""
        statement = select(_REWARD.c.position, _REWARD.c.value)
        if since is None:
            statement = statement.where(_REWARD.c.job_id == job_id)
        else:  # the job once for each position, as SQLite reads all rewards of the job otherwise
            later = (
                and_(_REWARD.c.job_id == job_id, _REWARD.c.position == position, _REWARD.c.at >= known)
                for position, known in enumerate(since)
            )
            statement = statement.where(or_(*later))
        rows = await self._session.execute(statement.order_by(_REWARD.c.position, _REWARD.c.at))
        return [(position, value) for position, value in rows]

    async def append(self, job_id: str, rewards: Sequence[tuple[int, int, float]]) -> None:
        """Insert rewards: position, how many that one had before, value."""
        rows = [{"job_id": job_id, "position": position, "at": at, "value": value} for position, at, value in rewards]
        try:
            await self._session.execute(_APPEND, rows)
        except IntegrityError as error:
            raise BadOperationError(
                f"job {job_id!r} has one of the rewards already, or is gone; rewards are appended, never changed"
            ) from error
