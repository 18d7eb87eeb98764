"""``simulator grid cancel``: cells that are not to be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.grid.words import counted, folder_option, name_option, patterns_argument, yes_option
from simulator.cli.options import as_json, examples, verbose
from simulator.cli.told import tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["cancel"]

_OPEN = ("pending", "running", "blocked")


@click.command(
    short_help="Cancel cells that have not run yet.",
    epilog=examples(
        ("simulator grid cancel", "say what would be cancelled: all that has no result"),
        ("simulator grid cancel random --yes", "cancel the rows of a name"),
        ("simulator grid retry random", "and take that back"),
    ),
)
@patterns_argument
@folder_option
@name_option
@yes_option
@as_json
@verbose
def cancel(*, patterns: Sequence[str], folder: Path, name: str | None, yes: bool, as_json: bool) -> None:
    """Cancel cells that have no result yet, all or those that PATTERNS choose; what runs now is ended.

    Results are kept. If the sweep runs now, it is told. Without --yes nothing is changed.
    """
    from simulator.explore.driver import ask
    from simulator.explore.ledger import Ledger
    from simulator.explore.read.grids import chosen, meant

    with Ledger.open(folder, write=False) as ledger:
        grid, patterns = meant(ledger, name, patterns)
        ids = [cell.id for cell in chosen(ledger, grid, patterns) if cell.state in _OPEN]
    if not ids:
        text = f"no cell is left to be run{' among these' if patterns else ''}"
    elif not yes:
        text = f"this would cancel {counted(len(ids), 'cell')}; say --yes to do it"
    else:
        done = ask(folder, "cancel", ids, reason="a user asked for it")
        what = "cancelled" if done == "done" else "to be cancelled; the sweep that runs now was asked for it"
        text = f"{counted(len(ids), 'cell')} {what}"
    tell(f"{grid}: {text}", as_json=as_json, grid=grid, cells=len(ids), done=yes and bool(ids))
