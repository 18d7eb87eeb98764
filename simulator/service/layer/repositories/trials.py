"""Rows of trials."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, literal_column, select, update

from simulator.service.database.tables import TrialRow
from simulator.service.layer.checks import searchable
from simulator.service.layer.repositories.rows import store, table
from simulator.service.model import Ending, Trial, TrialStatus, TrialType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Row, Select
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Trials"]

_TRIAL = table(TrialRow)
_NAMES = tuple(item.name for item in fields(Trial))
_COLUMNS = tuple(_TRIAL.c[name] for name in _NAMES)
_SELECT = select(*_COLUMNS)

# As text, not as parameters: databases know only then that the indexes of explorations and running trials will do.
_EXPLORES = _TRIAL.c.type == literal_column(f"'{TrialType.EXPLORATION.value}'")
_RUNS = _TRIAL.c.status == literal_column(f"'{TrialStatus.DISPATCHED.value}'")

# Statements that every request runs are written once: that takes several times as long as to run them.
_BY_NUMBER = _SELECT.where(_TRIAL.c.job_id == bindparam("job"), _TRIAL.c.number == bindparam("at"))
_ADD = insert(_TRIAL)
_EXPIRE = (
    update(_TRIAL)
    .where(_TRIAL.c.job_id == bindparam("job"), _RUNS, _TRIAL.c.lease_until < bindparam("now"))
    .values(status=TrialStatus.FAILED, ending=Ending.EXPIRED, ended_at=bindparam("ends"))
    .returning(*_COLUMNS)
)
_RUNNING_EXPLORATION = (
    _SELECT.where(_TRIAL.c.job_id == bindparam("job"), _EXPLORES, _TRIAL.c.status == TrialStatus.DISPATCHED)
    .order_by(_TRIAL.c.batch_size, _TRIAL.c.number)
    .limit(1)
)


class Trials:
    """Trials of a database.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, job_id: str, number: int) -> Trial | None:
        """Read a trial."""
        found = _trials(await self._session.execute(_BY_NUMBER, {"job": searchable(job_id), "at": number}))
        return found[0] if found else None

    async def add(self, trial: Trial) -> None:
        """Insert a trial."""
        await self._session.execute(_ADD, {name: getattr(trial, name) for name in _NAMES})

    async def change(self, trial: Trial, status: TrialStatus, changes: Mapping[str, Any]) -> bool:
        """Store some fields of a trial, if it still has a status."""
        where = {"job_id": trial.job_id, "number": trial.number, "status": status}
        return await store(self._session, _TRIAL, where, changes) == 1

    async def retype(self, job_id: str, number: int, type: TrialType) -> None:  # noqa: A002  (the field's name)
        """Store another type of a trial."""
        await store(self._session, _TRIAL, {"job_id": job_id, "number": number}, {"type": type})

    async def expire(self, job_id: str, now: datetime, ended_at: datetime) -> list[Trial]:
        """Fail the trials that were silent for too long."""
        values = {"job": job_id, "now": now, "ends": ended_at}
        expired = _trials(await self._session.execute(_EXPIRE, values))
        return sorted(expired, key=lambda trial: trial.number)

    async def silent_jobs(self, now: datetime, after: str, limit: int) -> list[str]:
        """Read which jobs have trials to expire."""
        statement = (
            select(_TRIAL.c.job_id)
            .where(_TRIAL.c.status == TrialStatus.DISPATCHED, _TRIAL.c.lease_until < now, _TRIAL.c.job_id > after)
            .distinct()
            .order_by(_TRIAL.c.job_id)
            .limit(limit)
        )
        return list((await self._session.scalars(statement)).all())

    async def explorations(self, job_id: str) -> list[Trial]:
        """Read explorations that did not fail, by batch size and number."""
        statement = _SELECT.where(
            _TRIAL.c.job_id == searchable(job_id), _EXPLORES, _TRIAL.c.status != TrialStatus.FAILED
        )
        return await self._read(statement.order_by(_TRIAL.c.batch_size, _TRIAL.c.number))

    async def running_exploration(self, job_id: str) -> Trial | None:
        """Read the first exploration that is under way."""
        found = _trials(await self._session.execute(_RUNNING_EXPLORATION, {"job": searchable(job_id)}))
        return found[0] if found else None

    async def succeeded(self, job_id: str, batch_size: int, window: int) -> list[Trial]:
        """Read the latest trials of a batch size that succeeded, newest first; all if the window is 0."""
        statement = _SELECT.where(
            _TRIAL.c.job_id == searchable(job_id),
            _TRIAL.c.batch_size == batch_size,
            _TRIAL.c.status == TrialStatus.SUCCEEDED,
            _TRIAL.c.number > 0,  # says nothing new, but SQLite goes through trials of all sizes without it
        ).order_by(_TRIAL.c.number.desc())
        return await self._read(statement.limit(window) if window > 0 else statement)

    async def last_failure(self, job_id: str, batch_size: int, by: datetime | None) -> Trial | None:
        """Read the latest failure of a batch size in a row that the policy was not told of, ended by a moment."""
        of_size = (_TRIAL.c.job_id == searchable(job_id), _TRIAL.c.batch_size == batch_size)
        failed = (*of_size, _TRIAL.c.status == TrialStatus.FAILED)
        latest = select(func.max(_TRIAL.c.number)).where(_TRIAL.c.number > 0)  # for SQLite, as in `succeeded`
        success = latest.where(*of_size, _TRIAL.c.status == TrialStatus.SUCCEEDED).scalar_subquery()
        told = latest.where(*failed, _TRIAL.c.observation.is_not(None)).scalar_subquery()
        statement = _SELECT.where(
            *failed, _TRIAL.c.number > func.coalesce(success, 0), _TRIAL.c.number > func.coalesce(told, 0)
        )
        if by is not None:
            statement = statement.where(_TRIAL.c.ended_at <= by)
        found = await self._read(statement.order_by(_TRIAL.c.number.desc()).limit(1))
        return found[0] if found else None

    async def page(self, job_id: str, after: int, limit: int, status: TrialStatus | None) -> list[Trial]:
        """Read trials in order of their numbers."""
        statement = _SELECT.where(_TRIAL.c.job_id == searchable(job_id), _TRIAL.c.number > after)
        if status is not None:
            statement = statement.where(_TRIAL.c.status == status)
        return await self._read(statement.order_by(_TRIAL.c.number).limit(limit))

    async def _read(self, statement: Select[Any]) -> list[Trial]:
        return _trials(await self._session.execute(statement))


def _trials(rows: Iterable[Row[Any]]) -> list[Trial]:
    return [Trial(**dict(zip(_NAMES, row, strict=True))) for row in rows]
