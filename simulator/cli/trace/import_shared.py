"""What the commands that import traces have in common: options, and what they say at their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import NUMBER
from simulator.cli.told import tell_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import Any

    from simulator.trace.importers.imported import Imported

__all__ = ["say_gaps", "targets_option", "write_imported"]


def targets_option(default: str) -> Callable[[Any], Any]:
    """Let a command take targets; the words say what none means."""
    return click.option(
        "--target",
        "targets",
        type=NUMBER,
        metavar="X",
        multiple=True,
        show_default=default,
        help="Value of the metric that counts as trained.",
    )


def write_imported(found: Imported, out: Path, *, as_json: bool, quiet: bool) -> None:
    """Write what an importer found; list the files on stdout, and the gaps and what to do about them on stderr."""
    tell_files(found.write(out), as_json=as_json, quiet=quiet)
    say_gaps(found.gaps)
    if quiet:
        return
    if "train" not in found.tables:
        click.echo(f"No targets yet: simulator trace derive {out} --target X", err=True)
    if not found.replayable:
        click.echo(
            "It cannot be replayed without power: measure the same workloads with `simulator collect`, or predict "
            "fitted ones with `simulator trace predict`, and put power_<gpu>.csv beside it.",
            err=True,
        )


def say_gaps(gaps: Iterable[str]) -> None:
    """List on stderr what a format does not say."""
    for gap in gaps:
        click.echo(f"Gap: {gap}.", err=True)
