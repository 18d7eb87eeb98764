"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os
from pathlib import Path

import postgres
import pytest
from hypothesis import settings
from slurm import Slurm, why_not

# Tests say how wide a terminal is. Python's readline says it for processes that tests start, xdist's workers included.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
    os.unsetenv(name)

# Machines are shared and slow at times, so no example fails by the clock. CI tries the same examples every time;
# whoever runs the tests by hand tries new ones.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("house")

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the repository with published traces and recorded histories; optional."""
    if not (SHARED / "traces" / "zeus-nsdi23").is_dir():
        pytest.skip("needs the published traces in ../shared, which this machine does not have")
    return SHARED


@pytest.fixture(scope="session")
def published_traces(shared: Path) -> Path:
    """The directory of the traces published with the NSDI'23 paper."""
    return shared / "traces" / "zeus-nsdi23"


@pytest.fixture(scope="session")
def slurm_server():
    """A Slurm of one machine, started for the tests that need it."""
    if reason := why_not():
        pytest.skip(reason)
    with Slurm() as server:
        yield server


@pytest.fixture
def slurm(slurm_server: Slurm, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the environment says to use that Slurm; this process uses it, and those that it starts."""
    for name, value in slurm_server.environment.items():
        monkeypatch.setenv(name, value)
    return slurm_server.environment


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL: one that is started here, or the one that ``SIMULATOR_TEST_POSTGRES`` names."""
    if url := os.environ.get("SIMULATOR_TEST_POSTGRES"):
        yield postgres.Databases(url)
        return
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.Postgres() as server:
        yield server
