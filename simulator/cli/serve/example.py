"""``simulator serve example``: how to deploy the service."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli import complete
from simulator.cli.options import as_json, examples, out_path_option, verbose
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
@click.argument("name", required=False, metavar="[NAME]", shell_complete=complete.samples(("service", "deploy")))
@out_path_option("File for the example.", metavar="FILE", usually="NAME")
@as_json
@verbose
def example(*, name: str | None, out: Path | None, as_json: bool) -> None:
    """List the examples that come along, or write the one called NAME; its remarks say how it is used."""
    from simulator.errors import SettingsError

    texts = read_samples("simulator.service.deploy")
    if name is None:
        list_samples(texts, lambda text: text.partition("\n")[0].lstrip("# "), as_json=as_json)
    else:
        write_sample(texts, name, out or Path(name), SettingsError, as_json=as_json)
