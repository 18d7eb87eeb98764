"""Rows of jobs."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, delete, func, insert, literal_column, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from simulator.errors import JobConflictError
from simulator.service.database.tables import BatchSizeRow, JobRow, KeyRow, RetiredJobRow
from simulator.service.layer.checks import findable, searchable
from simulator.service.layer.repositories.rows import matched, store, table
from simulator.service.model import Job, JobSpec, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Jobs"]

_JOB, _SIZE, _KEY, _RETIRED = table(JobRow), table(BatchSizeRow), table(KeyRow), table(RetiredJobRow)

#: Fields of a job's own, and of what it was registered with; one column each, but for those in the second line.
_OWN = tuple(name for name in Job.__dataclass_fields__ if name not in ("job_id", "spec"))
_SPEC = tuple(name for name in JobSpec.model_fields if name not in ("batch_sizes", "power_limits_w", "seed"))

_SIZES = (
    # A separator given as text would be written into the statement anew for each run.
    select(func.aggregate_strings(cast(_SIZE.c.batch_size, String), literal_column("','")))  # type: ignore[arg-type]  # works
    .where(_SIZE.c.job_id == _JOB.c.job_id)
    .scalar_subquery()
    .label("batch_sizes")
)
_SELECT = select(
    *(_JOB.c[name] for name in _SPEC),
    *(_JOB.c[name] for name in _OWN),
    _JOB.c.power_limits_w,
    _JOB.c.registered_seed,
    _SIZES,
)
# Statements that every request runs are written once: that takes several times as long as to run them.
_BY_NAME = _SELECT.where(_JOB.c.job_id == bindparam("job"))
_BY_NAME_LOCKED = _BY_NAME.with_for_update(of=_JOB)
_NEXT_NUMBER = (
    update(_JOB)
    .where(_JOB.c.job_id == bindparam("job"))
    .values(last_trial_number=_JOB.c.last_trial_number + literal_column("1"))
    .returning(_JOB.c.last_trial_number)
)
_LOWER_COST = (
    update(_JOB)
    .where(_JOB.c.job_id == bindparam("job"), or_(_JOB.c.min_cost.is_(None), _JOB.c.min_cost > bindparam("cost")))
    .values(min_cost=bindparam("cost"), min_cost_batch_size=bindparam("batch_size"))
)
_RETIRE = text(
    "INSERT INTO retired_job (job_id, last_trial_number) VALUES (:job_id, :number) "
    "ON CONFLICT (job_id) DO UPDATE SET last_trial_number = excluded.last_trial_number"
)


class Jobs:
    """Jobs of a database.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, job_id: str, *, lock: bool) -> Job | None:
        """Read a job, and lock its row if asked to."""
        statement = _BY_NAME_LOCKED if lock else _BY_NAME
        row = (await self._session.execute(statement, {"job": searchable(job_id)})).one_or_none()
        return None if row is None else _job(row._mapping)

    async def page(self, after: str, limit: int, prefix: str, stage: Stage | None) -> list[Job]:
        """Read jobs in order of their names."""
        if not (findable(after) and findable(prefix)):
            return []
        # Names from the prefix on: the order is that of code points, and the index begins there.
        statement = _SELECT.where(_JOB.c.job_id > after).order_by(_JOB.c.job_id).limit(limit)
        if prefix:
            starts = func.substr(_JOB.c.job_id, 1, len(prefix)) == prefix
            statement = statement.where(_JOB.c.job_id >= prefix, starts)
        if stage is not None:
            statement = statement.where(_JOB.c.stage == stage)
        return [_job(row._mapping) for row in await self._session.execute(statement)]

    async def create(self, spec: JobSpec, *, seed: int, generator: Mapping[str, str], created_at: datetime) -> Job:
        """Insert a job with its batch sizes."""
        own = {
            "stage": Stage.PRUNING,
            "min_cost": None,
            "min_cost_batch_size": spec.default_batch_size,
            "exp_default_batch_size": spec.default_batch_size,
            "n_observed": 0,
            "revision": secrets.randbits(63),  # no copy in memory of a deleted job of this name has it
            "exhausted": False,
            "created_at": created_at,
        }
        values = {name: getattr(spec, name) for name in _SPEC} | own
        retired = select(_RETIRED.c.last_trial_number).where(_RETIRED.c.job_id == spec.job_id).scalar_subquery()
        dialect = self._session.get_bind().dialect.name
        into = sqlite.insert(_JOB) if dialect == "sqlite" else postgresql.insert(_JOB)
        statement = (
            into.values(
                **values,
                seed=seed,
                registered_seed=spec.seed,
                power_limits_w=json.dumps(list(spec.power_limits_w)),
                generator_state=json.dumps(generator),
                last_trial_number=func.coalesce(retired, 0),
            )
            .on_conflict_do_nothing()
            .returning(_JOB.c.last_trial_number)
        )
        number = (await self._session.execute(statement)).scalar_one_or_none()
        if number is None:
            raise JobConflictError(f"there is a job {spec.job_id!r} already")
        sizes = [{"job_id": spec.job_id, "batch_size": size} for size in spec.batch_sizes]
        await self._session.execute(insert(_SIZE), sizes)
        return Job(job_id=str(spec.job_id), spec=spec, seed=seed, last_trial_number=number, **own)  # type: ignore[arg-type]  # see above

    async def update(self, job_id: str, **columns: Any) -> None:
        """Store some columns."""
        await store(self._session, _JOB, {"job_id": job_id}, columns)

    async def lower_cost(self, job_id: str, cost: float, batch_size: int) -> bool:
        """Store a lowest cost, unless a lower one was stored meanwhile."""
        values = {"job": job_id, "cost": cost, "batch_size": batch_size}
        return await matched(self._session, _LOWER_COST, values) == 1

    async def next_number(self, job_id: str) -> int | None:
        """Count one trial more, and say how many that makes; None if there is no such job."""
        number: int | None = (await self._session.execute(_NEXT_NUMBER, {"job": job_id})).scalar_one_or_none()
        return number

    async def delete(self, job_id: str) -> bool:
        """Delete a job with all that refers to it, but keep its last trial's number."""
        statement = delete(_JOB).where(_JOB.c.job_id == searchable(job_id)).returning(_JOB.c.last_trial_number)
        number = (await self._session.execute(statement)).scalar_one_or_none()
        if number is None:
            return False
        await self._session.execute(delete(_KEY).where(_KEY.c.scope == job_id))
        if number > 0:
            await self._session.execute(_RETIRE, {"job_id": job_id, "number": number})
        return True


def _job(plain: RowMapping) -> Job:
    # What is stored was checked when it was registered; a rule that came later must not lock a job out.
    spec = JobSpec.model_construct(
        **{name: plain[name] for name in _SPEC},
        batch_sizes=tuple(sorted(int(size) for size in plain["batch_sizes"].split(","))),
        power_limits_w=tuple(json.loads(plain["power_limits_w"])),
        seed=plain["registered_seed"],
    )
    return Job(job_id=plain["job_id"], spec=spec, **{name: plain[name] for name in _OWN})
