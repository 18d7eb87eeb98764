"""``simulator grid clear``: forget results, so that cells run again from nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from simulator.cli.grid.words import counted, folder_option, name_option, patterns_argument, yes_option
from simulator.cli.options import as_json, examples, verbose
from simulator.cli.told import tell
from simulator.explore.places import job_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["clear"]


@click.command(
    short_help="Forget results, so that cells run again.",
    epilog=examples(
        ("simulator grid clear", "say what would be forgotten: all results of the grid"),
        ("simulator grid clear 3:7 --yes", "forget those of some rows"),
    ),
)
@patterns_argument
@folder_option
@name_option
@yes_option
@as_json
@verbose
def clear(*, patterns: Sequence[str], folder: Path, name: str | None, yes: bool, as_json: bool) -> None:
    """Forget what cells came to, all or those that PATTERNS choose, and remove their own folders; they run again.

    Other grids of the folder that have the same cells lose their results as well. Not while the sweep runs. Without
    --yes nothing is changed.
    """
    from simulator.explore.ledger import Ledger
    from simulator.explore.read.grids import chosen, meant

    with Ledger.open(folder, write=False) as ledger:
        grid, patterns = meant(ledger, name, patterns)
        cells = [cell for cell in chosen(ledger, grid, patterns) if cell.state != "pending" or cell.attempts]
    results = sum(cell.shard is not None for cell in cells)
    own = [path for path in (job_folder(folder, cell.id) for cell in cells) if path.is_dir()]
    of_cells = f"{counted(results, 'result')} of {counted(len(cells), 'cell')}"
    folders = f"{counted(len(own), 'folder')} of theirs" if own else ""
    if not cells:
        text = f"nothing has been run{' among these' if patterns else ''}"
    elif not yes:
        what = f"{of_cells}, and remove {folders}" if own else of_cells
        text = f"this would forget {what}; say --yes to do it"
    else:
        with Ledger.open(folder) as ledger:
            ledger.clear([cell.id for cell in cells])
            for path in own:
                shutil.rmtree(path)
        text = f"forgot {of_cells}{folders and f', and removed {folders}'}; they run when the plan is run again"
    facts = {"grid": grid, "cells": len(cells), "results": results, "folders": len(own)}
    tell(f"{grid}: {text}", as_json=as_json, **facts, done=yes and bool(cells))
