"""Which service a command means: a database, the usual one, or a server that runs."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from simulator.cli.serve.place import check_installed, data_option, database_option, database_url
from simulator.errors import UnknownJobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Anything = TypeVar("Anything", bound=Callable[..., Any])

__all__ = ["known_jobs", "service_of", "service_options"]

_OPTIONS = (
    database_option,
    data_option,
    click.option("--url", metavar="ADDRESS", help="A running server instead, such as http://127.0.0.1:8000."),
    click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        show_default="what SIMULATOR_SERVICE_TOKEN says",
        help="The token that this server asks for: the first in a file.",
    ),
)


def service_options(command: Anything) -> Anything:
    """Let a command say which service it means: arguments database, data, url and token_file, for `service_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def known_jobs() -> Iterator[None]:
    """Where a job is named that the service does not know, say how to see those that it knows.

    Raises
    ------
    UnknownJobError
        In place of the same without that.
    """
    try:
        yield
    except UnknownJobError as error:
        raise UnknownJobError(f"{error}; `simulator serve jobs` lists those there are") from error


def service_of(
    *, database: str | None, data: Path | None, url: str | None, token_file: Path | None, makes: bool = False
) -> dict[str, str | None]:
    """Find the service that the options mean, as `simulator.service.trip.reach.open.open_service` takes it.

    The folder of a database is made if ``makes`` says so; who only reads makes none.

    Raises
    ------
    click.UsageError
        If they mean several.
    SettingsError
        If the token's file holds none.
    ExtraMissingError
        If something is not installed that the service needs.
    """
    check_installed()
    if url is None:
        if token_file is not None:
            raise click.UsageError("--token-file goes with --url: a database asks for no token")
        return {"database": database_url(database, data, makes=makes)}
    named = click.get_current_context().get_parameter_source("database") is ParameterSource.COMMANDLINE
    if named or data is not None:
        raise click.UsageError("--url says which service is meant; leave out --database and --data")
    if token_file is None:
        return {"url": url}
    from simulator.service.http.tokens import read_tokens

    return {"url": url, "token": read_tokens(token_file)[0]}
