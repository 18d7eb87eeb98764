"""``simulator serve migrate``: bring a database up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, verbose
from simulator.cli.serve.place import check_installed, data_option, database_option, database_url
from simulator.cli.told import tell

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["migrate"]

_EPILOG = examples(
    ("simulator serve migrate", "the file that `simulator serve` uses"),
    ("simulator serve migrate --database postgresql://me@db/jobs", "before new servers are started"),
)


@click.command(short_help="Bring a database up to date.", epilog=_EPILOG)
@database_option
@data_option
@as_json
@verbose
def migrate(*, database: str | None, data: Path | None, as_json: bool) -> None:
    """Make a database's tables those of this version; its data stays.

    `simulator serve` does so, too, when it starts. Any number of processes may do it at once.
    """
    check_installed()
    import asyncio

    from simulator.service.database import current
    from simulator.service.database import migrate as bring_up_to_date
    from simulator.service.database.address import Address

    url = database_url(database, data)
    asyncio.run(bring_up_to_date(url))
    shown, revision = Address.parse(url).shown, asyncio.run(current(url))
    tell(f"{shown} is up to date: {revision}", as_json=as_json, database=shown, revision=revision)
