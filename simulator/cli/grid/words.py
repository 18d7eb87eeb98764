"""Options that the commands about sweeps share, and what their words mean."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "assignments",
    "baseline_option",
    "because",
    "cells_in",
    "counted",
    "folder_option",
    "format_option",
    "meta_option",
    "name_option",
    "patterns_argument",
    "plan_argument",
    "settings",
    "yes_option",
]

folder_option = click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("sweeps"), metavar="DIR", help="Folder of the sweeps."
)

name_option = click.option(
    "--name",
    metavar="GRID",
    show_default="the only one in the folder",
    shell_complete=complete.grids,
    help="Which grid of the folder.",
)

patterns_argument = click.argument("patterns", nargs=-1, metavar="[GRID] [PATTERNS]...", shell_complete=complete.grids)

plan_argument = click.argument(
    "plan", type=click.Path(path_type=Path), metavar="PLAN.py", shell_complete=complete.first_words
)

yes_option = click.option("--yes", is_flag=True, help="Do it; without this, it is only said.")

meta_option = click.option(
    "--meta", is_flag=True, help="Add ids, attempts, times and errors, which depend on who ran it."
)

format_option = click.option(
    "--format",
    "format_",
    metavar="FORMAT",
    show_default="as FILE ends",
    shell_complete=complete.offering(lambda ctx, word: ["csv", "parquet", "latex", "html"]),
    help="Format of the file: csv, parquet, latex or html.",
)


def assignments(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> dict[str, str]:
    """Read ``name=value``, any number of them."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{word!r} is no name=value", ctx, param)
        found[name.strip()] = value.strip()
    return found


def settings(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> dict[str, Any]:
    """Read ``name=value``, any number of them; numbers, true, false and null as JSON has them, all else is text."""
    found: dict[str, Any] = dict(assignments(ctx, param, words))
    for name, value in found.items():
        with suppress(ValueError):
            found[name] = json.loads(value)
    return found


baseline_option: Callable[[Any], Any] = click.option(
    "--baseline",
    multiple=True,
    callback=assignments,
    metavar="FIELD=VALUE",
    help="Compare each row with the one that has this value, seed by seed.",
)


def cells_in(folder: Path, name: str | None, words: tuple[str, ...], most: int) -> tuple[str | None, tuple[str, ...]]:
    """Tell words that mean cells from a first one that names their grid.

    Parameters
    ----------
    folder, name
        The sweep's folder, and the grid if an option named it.
    words
        What was said, at least one word.
    most
        Most cells that may be named.
    """
    from simulator.explore.ledger import Ledger

    if name is None and len(words) > 1:
        with Ledger.open(folder, write=False) as ledger:
            if (first := words[0].removesuffix(".py")) in [each.name for each in ledger.grids()]:
                name, words = first, words[1:]
    if len(words) > most:
        raise click.UsageError(f"{' '.join(words)} are {len(words)} cells; name {'two' if most > 1 else 'one'}")
    return name, words


def because(reasons: Mapping[str, int], most: int = 3) -> str:
    """Say in brackets why cells are new that were there before; nothing if none was.

    Parameters
    ----------
    reasons
        How many cells, by reason.
    most
        Reasons that are said; of the others, how many cells they are about.

    Examples
    --------
    >>> because({"version changed: 1 → 2": 4})
    ' (4 because version changed: 1 → 2)'
    """
    ordered = sorted(reasons.items(), key=lambda each: -each[1])  # of equal ones the first of the plan
    said = [f"{cells:,} because {reason}" for reason, cells in ordered[:most]]
    more = sum(cells for _, cells in ordered[most:])
    said += [f"and {more:,} more"] if more else []
    return f" ({', '.join(said)})" if said else ""


def counted(number: int, what: str) -> str:
    """Write a number and what is counted.

    Examples
    --------
    >>> counted(1, "cell"), counted(1200, "cell")
    ('1 cell', '1,200 cells')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
