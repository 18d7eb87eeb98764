"""``simulator grid retry``: have cells that failed run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.grid.words import counted, folder_option, name_option, patterns_argument
from simulator.cli.options import as_json, examples, verbose
from simulator.cli.told import tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["retry"]

#: What runs again if nobody says which, and what may.
_FAILED = ("failed", "blocked")
_ANY = (*_FAILED, "cancelled", "stopped")


@click.command(
    short_help="Have what failed run again.",
    epilog=examples(
        ("simulator grid retry", "all that failed"),
        ("simulator grid retry 3:7", "these rows: what failed, or was cancelled or stopped"),
    ),
)
@patterns_argument
@folder_option
@name_option
@as_json
@verbose
def retry(*, patterns: Sequence[str], folder: Path, name: str | None, as_json: bool) -> None:
    """Have cells run again that failed; of those that PATTERNS choose also what was cancelled, or stopped by a race.

    If the sweep runs now, it is told; otherwise they run when it is run again. Results are left as they are.
    """
    from simulator.explore.driver import ask
    from simulator.explore.ledger import Ledger
    from simulator.explore.read.grids import chosen, meant

    with Ledger.open(folder, write=False) as ledger:
        grid, patterns = meant(ledger, name, patterns)
        wanted = _ANY if patterns else _FAILED
        ids = [cell.id for cell in chosen(ledger, grid, patterns) if cell.state in wanted]
    if not ids:
        text = f"no cell is {' or '.join(wanted)}{' among these' if patterns else ''}"
    else:
        done = ask(folder, "retry", ids, reason="a user asked for it")
        then = "they run when the plan is run again" if done == "done" else "the sweep that runs now was asked for it"
        text = f"{counted(len(ids), 'cell')} to be run again; {then}"
    tell(f"{grid}: {text}", as_json=as_json, grid=grid, cells=len(ids), done=bool(ids))
