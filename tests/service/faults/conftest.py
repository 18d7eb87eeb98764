"""Services to be harmed: on SQLite and PostgreSQL, with one and with four processes, each started once."""

from __future__ import annotations

import os
import random

import pytest
from live_service import LiveService

SEED = int(os.environ.get("FAULT_SEED") or (1 if "CI" in os.environ else random.SystemRandom().randrange(10**6)))
KINDS = [("sqlite", 1), ("sqlite", 4), ("postgresql", 1), ("postgresql", 4)]


@pytest.fixture(scope="session", params=KINDS, ids=[f"{kind}-{workers}" for kind, workers in KINDS])
def service(request, tmp_path_factory):
    """A service that runs, whoever harms it."""
    kind, workers = request.param
    url = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        url = server.url_of(server.create())
    with LiveService(tmp_path_factory.mktemp("service"), database_url=url, workers=workers) as running:
        yield running


@pytest.fixture
def draws(request):
    """Decides moments and victims; ``FAULT_SEED`` decides as in another run."""
    print(f"FAULT_SEED={SEED}")  # noqa: T201  # shown if the test fails
    return random.Random(f"{request.node.name} {SEED}")
