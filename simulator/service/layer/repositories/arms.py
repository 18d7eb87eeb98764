"""Rows of arms."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects import postgresql, sqlite

from simulator.service.database.tables import ArmRow
from simulator.service.database.types import ExactReal
from simulator.service.layer.checks import searchable
from simulator.service.layer.repositories.rows import table
from simulator.service.model import Arm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Arms"]

_ARM = table(ArmRow)
_NAMES = tuple(item.name for item in fields(Arm))
_SELECT = select(*(_ARM.c[name] for name in _NAMES)).order_by(_ARM.c.batch_size)

# As text, since SQLAlchemy would write this statement anew for each result.
_PUT = text(
    "INSERT INTO arm (job_id, batch_size, mean, precision, reward_precision, n_observations) "
    "VALUES (:job_id, :batch_size, :mean, :precision, :reward_precision, :n_observations) "
    "ON CONFLICT (job_id, batch_size) DO UPDATE SET mean = excluded.mean, precision = excluded.precision, "
    "reward_precision = excluded.reward_precision, n_observations = excluded.n_observations"
).bindparams(*(bindparam(name, type_=ExactReal()) for name in ("mean", "precision", "reward_precision")))


class Arms:
    """Arms of a database.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, job_id: str) -> list[Arm]:
        """Read a job's arms, by batch size."""
        rows = await self._session.execute(_SELECT.where(_ARM.c.job_id == searchable(job_id)))
        return [Arm(**row._mapping) for row in rows]

    async def get(self, job_id: str, batch_size: int) -> Arm | None:
        """Read an arm."""
        statement = _SELECT.where(_ARM.c.job_id == searchable(job_id), _ARM.c.batch_size == batch_size)
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else Arm(**row._mapping)

    async def create(self, arms: Sequence[Arm]) -> int:
        """Insert arms that are not there, and count them."""
        dialect = self._session.get_bind().dialect.name
        into = sqlite.insert(_ARM) if dialect == "sqlite" else postgresql.insert(_ARM)
        statement = into.values([asdict(arm) for arm in arms]).on_conflict_do_nothing().returning(_ARM.c.batch_size)
        return len((await self._session.execute(statement)).all())

    async def put(self, arms: Sequence[Arm]) -> None:
        """Insert arms, or store what is new of them."""
        await self._session.execute(_PUT, [asdict(arm) for arm in arms])
