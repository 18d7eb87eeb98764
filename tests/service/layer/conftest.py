"""Sessions with a database of the test's own."""

from __future__ import annotations

import pytest
from layered import LATER, Sessions, a_spec, an_arm

from simulator.service.model import TrialType


@pytest.fixture
def sessions(database, run_async) -> Sessions:
    """Sessions with a database of each kind."""
    return Sessions(database, run_async)


@pytest.fixture
def two_jobs(sessions):
    """Two jobs with arms, each with trials 1, of size 32, and 2, of size 64, under way."""
    sessions.register(a_spec(), a_spec("bert"))

    async def fill(layer):
        for job_id in ("resnet", "bert"):
            await layer.get_job(job_id)
            await layer.create_arms([an_arm(job_id, 32), an_arm(job_id, 64)])
            for size in (32, 64):
                await layer.create_trial(job_id, TrialType.MAB, size, reason="a test", lease_until=LATER)

    sessions(fill)
    return sessions
