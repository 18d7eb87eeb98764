"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import postgres
import pytest
from hypothesis import settings
from slurm import Slurm, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

#: No window, no news from elsewhere; and no sandbox, which root and most containers lack: the pages are our own.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-sandbox",
]

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. One a module, since an event loop comes along that others must not find running."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium, which this machine does not have")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield opened
        opened.close()
