"""Databases for tests of the service: new, migrated, and one of each kind."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from simulator.service.database import Database, migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def run_async():
    """Run coroutines one after another in the same loop, which ends with the test."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of SQLite that others are copied from."""
    path = tmp_path_factory.mktemp("migrated") / "jobs.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server) -> str:
    """Name of an empty database of PostgreSQL that others are copied from."""
    name = postgres_server.create()
    asyncio.run(migrate(postgres_server.url_of(name)))
    yield name
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A database of SQLite of its own, empty and migrated."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'jobs.db')}"


@pytest.fixture
def postgres_url(postgres_server, migrated_template: str):
    """A database of PostgreSQL of its own, empty and migrated."""
    name = postgres_server.create(template=migrated_template)
    yield postgres_server.url_of(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of its own, empty and migrated: the test runs once for each kind."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
def bare_postgres_url(postgres_server):
    """A database of PostgreSQL without tables."""
    name = postgres_server.create()
    yield postgres_server.url_of(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables; SQLite's file is not even there."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    return request.getfixturevalue("bare_postgres_url")


@pytest.fixture
def database(database_url: str, run_async: Callable) -> Database:
    """That database, opened; use it through `run_async`, so that its connections see one loop."""
    opened = Database(database_url)
    yield opened
    run_async(opened.close())
