"""``simulator trace import pollux``: measurements of Pollux's applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, lower_is_better_option, out_path_option, quiet, verbose
from simulator.cli.trace.import_shared import targets_option, write_imported

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["pollux"]


@click.command(
    short_help="Import Pollux's measurements.",
    epilog=examples(
        ("simulator trace import pollux adaptdl/simulator/traces", "metrics and times of all applications"),
        ("simulator trace import pollux traces --application cifar10 --target 0.93", "runs of one to a target"),
    ),
)
@click.argument("directory", metavar="DIR")
@click.option(
    "--application", "applications", metavar="NAME", multiple=True, show_default="all", help="Application to import."
)
@targets_option("none: metrics and times only")
@lower_is_better_option
@out_path_option("Folder for the traces.", "pollux-traces")
@as_json
@quiet
@verbose
def pollux(
    *,
    directory: str,
    applications: tuple[str, ...],
    targets: tuple[float, ...],
    lower_is_better: bool,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Import how runs of Pollux's applications trained, and how long an epoch takes on how many GPUs.

    DIR is the folder simulator/traces of petuum/adaptdl, branch osdi21-artifact, or an application's folder in it.
    """
    from simulator.trace.importers.pollux import read_pollux

    found = read_pollux(directory, applications=applications, targets=targets, higher_is_better=not lower_is_better)
    write_imported(found, out, as_json=as_json, quiet=quiet)
