"""The columns of a job that hold its policy's state."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from simulator.service.database.tables import JobRow
from simulator.service.layer.checks import plain_text
from simulator.service.layer.repositories.rows import store, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Policies", "PolicyRows"]

_JOB = table(JobRow)


@dataclass(frozen=True, kw_only=True)
class PolicyRows:
    """State of a job's policies as plain data; None where nothing is stored yet.

    Parameters
    ----------
    state, power
        Of the policies that choose batch sizes and power limits.
    generator
        Where the job's stream of draws stands.
    """

    state: Any
    power: Any
    generator: dict[str, str] | None


class Policies:
    """Policies of a database's jobs.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, job_id: str) -> PolicyRows:
        """Read a job's policy."""
        columns = (_JOB.c.policy_state, _JOB.c.power_state, _JOB.c.generator_state)
        row = (await self._session.execute(select(*columns).where(_JOB.c.job_id == job_id))).one()
        state, power, generator = (None if part is None else json.loads(part) for part in row)
        return PolicyRows(state=state, power=power, generator=generator)

    async def generator(self, job_id: str) -> dict[str, str] | None:
        """Read where a job's stream stands, for a draw: other sessions that want to draw wait for the end of this."""
        statement = select(_JOB.c.generator_state).where(_JOB.c.job_id == job_id).with_for_update()
        stored = (await self._session.execute(statement)).scalar_one_or_none()
        return None if stored is None else json.loads(stored)

    async def update(
        self,
        job_id: str,
        columns: Mapping[str, Any],
        *,
        state: Any,
        generator: Mapping[str, str] | None,
        power: Any,
    ) -> None:
        """Store some columns, and what is not None of the policy."""
        parts = {"policy_state": state, "power_state": power, "generator_state": generator}
        written = {name: plain_text(name, part) for name, part in parts.items() if part is not None}
        await store(self._session, _JOB, {"job_id": job_id}, {**columns, **written})
