"""``simulator grid forecast``: how much a plan leaves to be run, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.grid.words import folder_option, plan_argument
from simulator.cli.knobs import workers_option
from simulator.cli.options import as_json, examples, verbose

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["forecast"]


@click.command(
    short_help="Say how many cells are left to be run, and how long they take.",
    epilog=examples(
        ("simulator grid forecast readme.py", "from how long such cells took before"),
        ("simulator grid forecast readme.py --workers 64 --json", "with more workers, for programs"),
    ),
)
@plan_argument
@folder_option
@click.option("--name", metavar="GRID", show_default="that of the plan's file", help="What the grid is called.")
@workers_option
@as_json
@verbose
def forecast(*, plan: Path, folder: Path, name: str | None, workers: int | None, as_json: bool) -> None:
    """Say how many cells PLAN.py makes, how many have no result yet, and how long these may take.

    Nothing is run, and nothing is changed.
    """
    from simulator.cli.grid.report import say_preview

    say_preview(plan, folder=folder, name=name, workers=workers, as_json=as_json)
