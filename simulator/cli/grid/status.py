"""``simulator grid status``: how far the grids of a folder are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.grid.words import folder_option, name_option
from simulator.cli.options import as_json, examples, verbose

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["status"]

#: Failures that are named.
_LISTED = 3


@click.command(
    short_help="Say how far the grids are.",
    epilog=examples(
        ("simulator grid status", "all grids of the folder sweeps"),
        ("simulator grid status readme --json", "one of them, for programs"),
    ),
)
@click.argument("grid", required=False, metavar="[GRID]", shell_complete=complete.grids)
@folder_option
@name_option
@as_json
@verbose
def status(*, grid: str | None, folder: Path, name: str | None, as_json: bool) -> None:
    """Count the cells of each grid by state, say who runs them, and what failed.

    Nothing is changed, and no result is read: a million cells take less than a second.
    """
    from simulator.cli.grid.failures import failures_of
    from simulator.explore.ledger import Ledger, holder
    from simulator.explore.read.grids import one_grid

    name = name or (grid and grid.removesuffix(".py"))
    with Ledger.open(folder, write=False) as ledger:
        grids = {each.name: each for each in ledger.grids()}
        names = list(grids) if name is None else [one_grid(ledger, name)]
        counts: dict[str, dict[str, int]] = {
            each: {"cells": grids[each].cells, "rows": grids[each].rows, **ledger.counts(each)} for each in names
        }
        failures = {each: failures_of(ledger, each) if counts[each]["failed"] else [] for each in names}
    running = holder(folder)
    if as_json:
        by = None if running is None else running._asdict()
        for each in names:
            failed = [asdict(failure) for failure in failures[each][:_LISTED]]
            click.echo(json.dumps({"grid": each, **counts[each], "failures": failed, "run_by": by}))
        return
    click.echo(_aligned(counts) if counts else f"{folder} has no grid yet; run a plan first")
    for each in names:
        for failure in failures[each][:_LISTED]:
            click.echo(f"{each}: failed: {failure}")
        if more := sum(failure.cells for failure in failures[each][_LISTED:]):
            click.echo(f"{each}: failed: {more:,} more; see `simulator grid table {each} --meta`")
    if running is not None:
        click.echo(f"running since {running.started} as process {running.pid}: {running.command}")


def _aligned(counts: dict[str, dict[str, int]]) -> str:
    """Lay out counts under their headings, names to the left and numbers to the right."""
    columns: dict[str, list[Any]] = {"grid": list(counts)}
    for row in counts.values():
        for name, value in row.items():
            columns.setdefault(name, []).append(f"{value:,}")
    widths = {name: max(map(len, [name, *texts])) for name, texts in columns.items()}
    lines = [list(columns), *([columns[name][at] for name in columns] for at in range(len(counts)))]
    return "\n".join(
        "  ".join(_padded(*each) for each in zip(columns, line, widths.values(), strict=True)) for line in lines
    )


def _padded(name: str, text: str, width: int) -> str:
    return text.ljust(width) if name == "grid" else text.rjust(width)
