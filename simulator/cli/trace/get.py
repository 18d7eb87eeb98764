"""``simulator trace get``: bring published traces to this machine."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import examples, verbose

__all__ = ["get"]


@click.command(
    short_help="Fetch published traces.",
    epilog=examples(
        ("simulator trace get", "from where they were published"),
        ("simulator trace get zeus-nsdi23 --from ./downloads", "from a folder, without a network"),
    ),
)
@click.argument("name", default="zeus-nsdi23")
@click.option(
    "--from", "source", metavar="URL|DIR", show_default="where they were published", help="Where to get them."
)
@click.option(
    "--to",
    "directory",
    type=click.Path(path_type=Path),
    show_default="the user's data folder",
    help="Where to put them.",
)
@verbose
def get(*, name: str, source: str | None, directory: Path | None) -> None:
    """Fetch published traces and verify them; repeat the command to resume it. Then: --traces NAME."""
    from simulator.trace.fetch import fetch_traces

    click.echo(fetch_traces(name, source=source, directory=directory))
