"""``simulator trace import pollux``: measurements of Pollux's applications."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import examples, verbose
from simulator.cli.trace.import_shared import lower_option, targets_option, write_imported

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
@lower_option
@click.option("--out", type=click.Path(path_type=Path), default=Path("pollux-traces"), help="Folder for the traces.")
@verbose
def pollux(
    *, directory: str, applications: tuple[str, ...], targets: tuple[float, ...], lower_is_better: bool, out: Path
) -> None:
    """Import how runs of Pollux's applications trained, and how long an epoch takes on how many GPUs.

    DIR is the folder simulator/traces of petuum/adaptdl, branch osdi21-artifact, or an application's folder in it.
    """
    from simulator.trace.importers.pollux import read_pollux

    found = read_pollux(directory, applications=applications, targets=targets, higher_is_better=not lower_is_better)
    write_imported(found, out)
