"""``simulator trace get``: bring published traces to this machine."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli import complete
from simulator.cli.options import as_json, examples, quiet, verbose

__all__ = ["get"]


@click.command(
    short_help="Fetch published traces.",
    epilog=examples(
        ("simulator trace get", "from where they were published"),
        ("simulator trace get zeus-nsdi23 --from ./downloads", "from a folder, without a network"),
    ),
)
@click.argument("name", default="zeus-nsdi23", metavar="[NAME]", shell_complete=complete.traces)
@click.option(
    "--from", "source", metavar="URL|DIR", show_default="where they were published", help="Where to get them."
)
@click.option(
    "-o",
    "--out",
    "--to",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    show_default="the user's data folder",
    help="Folder for the traces.",
)
@as_json
@quiet
@verbose
def get(*, name: str, source: str | None, directory: Path | None, as_json: bool, quiet: bool) -> None:
    """Fetch published traces and verify them; repeat the command to resume it. Then: --traces NAME."""
    from simulator.cli.told import tell_files
    from simulator.trace.fetch import fetch_traces

    tell_files([fetch_traces(name, source=source, directory=directory)], as_json=as_json, quiet=quiet)
