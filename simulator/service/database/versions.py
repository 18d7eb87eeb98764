"""Makes a database's tables those of this version, and tells whether they are."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from simulator.errors import DatabaseError
from simulator.service.database import server, sqlite
from simulator.service.database.address import Address
from simulator.service.database.refusals import is_refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

__all__ = ["check_version", "current", "downgrade", "migrate", "on_connection"]

T = TypeVar("T")

logger = logging.getLogger("simulator.service")

#: How long to wait for another process that migrates [s].
PATIENCE_S = 60.0

#: Key of the lock that processes of one PostgreSQL database take in turns to migrate it: any number will do.
LOCK = 0x73696D756C61746F


async def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, in one transaction; a file of SQLite is created if it is missing.

    Any number of processes may do so at once: the first migrates, the others wait and find nothing to do.

    Raises
    ------
    DatabaseError
        If it cannot be reached or written, or is of a newer version.
    """
    await on_connection(url, lambda connection: _go(connection, url, command.upgrade, revision), creates=True)


async def downgrade(url: str, revision: str) -> None:
    """Bring a database back to an earlier revision; ``base`` removes all tables, and what is in them.

    Raises
    ------
    DatabaseError
        If it cannot be reached or written, or is of a newer version.
    """
    await on_connection(url, lambda connection: _go(connection, url, command.downgrade, revision))


async def current(url: str) -> str | None:
    """Return the revision that a database is at, None if it has no tables of the service."""
    return await on_connection(url, _revision)


async def check_version(url: str) -> None:
    """Make sure that a database is of this version.

    Raises
    ------
    DatabaseError
        If it is not, or cannot be reached.
    """
    address = Address.parse(url)

    def work(connection: Connection) -> None:
        _refuse_newer(connection, address)
        found, wanted = _revision(connection), _scripts().get_current_head()
        if found != wanted:
            raise DatabaseError(
                f"{address.shown} is of an older version ({found or 'without tables'}; this one needs {wanted}); "
                "`simulator serve migrate` brings it up to date, and so does starting `simulator serve`"
            )

    await on_connection(url, work)


async def on_connection(url: str, work: Callable[[Connection], T], *, creates: bool = False) -> T:
    """Run `work` in one transaction that no other process migrates beside, on a connection of its own."""
    address = Address.parse(url)
    try:
        if address.dialect == "sqlite":
            return await asyncio.to_thread(_on_file, address, work, creates)
        return await _on_server(address, work)
    except DatabaseError:
        raise
    except Exception as error:
        if not is_refusal(error):
            raise
        raise refusal(error, address, patience_s=PATIENCE_S) from None


def _on_file(address: Address, work: Callable[[Connection], T], creates: bool) -> T:
    engine = sqlite.engine_of(address, patience_s=PATIENCE_S, creates=creates)
    with engine.connect() as connection:
        # Tables that are made anew lose no rows that refer to them; the pragma does nothing inside a transaction.
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]  # it is open
        with connection.begin():
            return work(connection)


async def _on_server(address: Address, work: Callable[[Connection], T]) -> T:
    engine = server.engine_of(address, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        return await connection.run_sync(work)


def _go(connection: Connection, url: str, go: Callable[[Config, str], None], revision: str) -> None:
    _refuse_newer(connection, Address.parse(url))
    try:
        go(_configuration(connection), revision)
    except CommandError as error:
        known = ", ".join(script.revision for script in _scripts().walk_revisions())
        raise DatabaseError(f"cannot migrate to revision {revision!r} ({error}); there are {known}") from None


def _configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent / "migrations"))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection, address: Address) -> None:
    found = _revision(connection)
    known = {script.revision for script in _scripts().walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseError(
            f"{address.shown} is of a newer version ({found}) than this one knows; update the simulator "
            "(pip install --upgrade), or give another database"
        )
