"""Where the service keeps its data, and what has to be installed for it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from simulator.errors import DatabaseError, ExtraMissingError

__all__ = ["check_installed", "data_option", "database_option", "database_url"]

#: What ``pip install 'trace-simulator[service]'`` brings and nothing else does.
NEEDED = ("alembic", "asyncpg", "fastapi", "httptools", "prometheus_client", "sqlalchemy", "uvicorn")

database_option = click.option(
    "--database",
    metavar="URL",
    envvar="SIMULATOR_SERVICE_DATABASE",
    show_envvar=True,
    show_default="a file in --data",
    help="The database, such as postgresql://user@host/name.",
)

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    show_default="service in this user's folder for data",
    help="Folder for the database, if it is a file.",
)


def check_installed() -> None:
    """Make sure that all is there that the service needs.

    Raises
    ------
    ExtraMissingError
        If something is missing.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ExtraMissingError(
            f"the service needs {', '.join(missing)}, not installed here; pip install 'trace-simulator[service]'"
        )


def database_url(database: str | None, data: Path | None, *, makes: bool = True) -> str:
    """Return the database's URL; the folder of a file is made, if ``makes`` says so.

    Raises
    ------
    DatabaseError
        If the folder cannot be made.
    """
    from simulator.state_dir import state_dir

    if database is not None:
        if data is not None:
            raise click.UsageError("--database says where the data is; leave out --data")
        return database
    folder = data.absolute() if data is not None else state_dir() / "service"
    if not makes:
        return f"sqlite:///{folder / 'jobs.db'}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # ids of jobs are nobody else's business
    except OSError as error:
        raise DatabaseError(f"cannot make {folder}: {error.strerror}; give another folder with --data") from None
    return f"sqlite:///{folder / 'jobs.db'}"
