"""An application that is really served on loopback, and a client of it."""

from __future__ import annotations

import pytest
from served_apps import serving

from simulator.service.http import create_app
from simulator.service.settings import Settings

#: A job of the published protocol.
JOB = {
    "job_id": "fleet-1",
    "job_id_prefix": "fleet",
    "batch_sizes": [64, 32, 128],
    "default_batch_size": 64,
    "max_power": 300,
    "number_of_gpus": 1,
    "gpu_model": "A40",
    "mab_seed": 1,
}

#: The same under /v1.
SPEC = {"job_id": "fleet-1", "batch_sizes": [32, 64, 128], "default_batch_size": 64, "max_power_w": 300, "gpu": "a40"}


@pytest.fixture
def serve(sqlite_url):
    """Serve the database with settings, or another dispatcher; returns a context with a client in it."""

    def serve(*, dispatcher=None, **settings):
        return serving(create_app(Settings(database_url=sqlite_url, **settings), dispatcher=dispatcher))

    return serve


@pytest.fixture
def client(serve):
    """A client of a service with the usual settings."""
    with serve() as client:
        yield client


class Failing:
    """A dispatcher of which every use case raises the same error."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        async def fail(*_, **__):
            raise self.error

        return fail


@pytest.fixture
def failing():
    """Make such a dispatcher."""
    return Failing


@pytest.fixture
def job():
    """A job of the published protocol."""
    return dict(JOB)


@pytest.fixture
def spec():
    """A job of /v1."""
    return dict(SPEC)
