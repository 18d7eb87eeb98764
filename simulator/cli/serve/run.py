"""``simulator serve``: run the service."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.default import DefaultCommand
from simulator.cli.options import as_json, examples, quiet, verbose
from simulator.cli.serve.place import check_installed, data_option, database_option, database_url
from simulator.cli.told import tell

if TYPE_CHECKING:
    import socket

    from simulator.service.settings import Settings

__all__ = ["default"]

_EPILOG = examples(
    ("simulator serve", "on this machine alone, with a file for a database"),
    ("simulator serve --host 0.0.0.0 --token-file tokens", "for other machines: whoever has a token is let in"),
    ("simulator serve --database postgresql://me@db/jobs --workers 4", "for many jobs"),
)


@click.command("serve", epilog=_EPILOG, short_help="Choose batch sizes for live jobs, over HTTP.")
@click.option("--host", default="127.0.0.1", metavar="NAME", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, metavar="N", help="Port; 0: any that is free.")
@database_option
@data_option
@click.option("--workers", type=click.IntRange(1, 256), default=1, metavar="N", help="Processes that serve.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Tokens that are let in, one a line.",
)
@click.option(
    "--lease", "lease_s", type=float, default=3600.0, metavar="S", help="Silence after which a trial is given up [s]."
)
@click.option(
    "--legacy/--no-legacy",
    "legacy",
    default=None,
    show_default="only if nobody else can reach the server",
    help="Let the published Zeus client in without a token, which it cannot send.",
)
@as_json
@quiet
@verbose
def run(
    *,
    host: str,
    port: int,
    database: str | None,
    data: Path | None,
    workers: int,
    token_file: Path | None,
    lease_s: float,
    legacy: bool | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Choose batch sizes and power limits for training jobs that come again and again.

    Jobs ask the service over HTTP for a batch size, report after each epoch, and are told when to stop. It speaks the
    protocol of the published Zeus server as well. Ctrl-C or SIGTERM ends it; nothing that it answered is lost then, nor
    if it is killed.
    """
    check_installed()
    from simulator.errors import SettingsError
    from simulator.service.http.serving.address import LOOPBACK, is_loopback, listen
    from simulator.service.http.tokens import read_tokens
    from simulator.service.settings import Settings

    tokens = () if token_file is None else read_tokens(token_file)
    if not tokens and not is_loopback(host):
        raise SettingsError(
            f"host={host} lets other machines in, and nobody would need a token; give token_file=FILE, too "
            "(openssl rand -hex 32 makes a token)"
        )
    settings = Settings(
        database_url=database_url(database, data),
        tokens=tokens,
        opens_legacy_paths=is_loopback(host) if legacy is None else legacy,
        trusted_hosts=() if tokens else tuple(dict.fromkeys((*LOOPBACK, host))),
        lease_s=lease_s,
    )
    with listen(host, port) as opened:
        ended_by = _serve(settings, opened, workers, as_json=as_json, quiet=quiet)
    click.get_current_context().exit(128 + signal.SIGINT if ended_by == signal.SIGINT else 0)


def _serve(settings: Settings, opened: socket.socket, workers: int, *, as_json: bool, quiet: bool) -> int:
    import asyncio

    from simulator.service.database import migrate
    from simulator.service.database.address import Address
    from simulator.service.http.serving.address import url_of
    from simulator.service.http.serving.crew import Crew
    from simulator.service.http.serving.process import serve

    asyncio.run(migrate(settings.database_url))
    url, data = url_of(opened), Address.parse(settings.database_url).shown
    if as_json or not quiet:
        text = f"{url}  the page, and the address for clients\ndata: {data}"
        tell(text, as_json=as_json, url=url, database=data)
    return serve(settings, opened) if workers == 1 else Crew(settings, opened, workers).run()


default = DefaultCommand(
    "serve",
    callback=run.callback,
    params=run.params,
    help=run.help,
    short_help="Choose batch sizes for live jobs, over HTTP.",
    epilog=_EPILOG,
)
