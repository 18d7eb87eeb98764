"""``simulator serve example``: how to deploy the service."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import examples, verbose
from simulator.cli.samples import list_samples, read_samples, write_sample

__all__ = ["example"]


@click.command(
    short_help="Write examples of a deployment.",
    epilog=examples(
        ("simulator serve example", "which there are"),
        ("simulator serve example Dockerfile", "a container image"),
        ("simulator serve example simulator.service", "a unit of systemd"),
    ),
)
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", show_default="NAME", help="Where to.")
@verbose
def example(*, name: str | None, out: Path | None) -> None:
    """List the examples that come along, or write the one called NAME; its remarks say how it is used."""
    from simulator.errors import SettingsError

    texts = read_samples("simulator.service.deploy")
    if name is None:
        list_samples(texts, lambda text: text.partition("\n")[0].lstrip("# "))
    else:
        write_sample(texts, name, out or Path(name), SettingsError)
