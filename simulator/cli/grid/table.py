"""``simulator grid table``: what came of a grid so far."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from simulator.cli.grid.words import (
    baseline_option,
    folder_option,
    format_option,
    meta_option,
    name_option,
    patterns_argument,
)
from simulator.cli.knobs import confidence_option
from simulator.cli.options import POSITIVE, as_json, examples, verbose

__all__ = ["table"]


@click.command(
    short_help="Show the table of a grid, as far as it has run.",
    epilog=examples(
        ("simulator grid table", "a line a row; seeds are averaged over"),
        ("simulator grid table '!random' --baseline policy=default", "without rows of a name, against a baseline"),
        ("simulator grid table --watch 5", "again every 5 s, until nothing is left to be run"),
        ("simulator grid table --export table.tex", "also as LaTeX; or .csv, .parquet, .html"),
        ("simulator grid table --trim-last", "all histories cut to the shortest one"),
        ("simulator grid table --json | jq .state", "for programs"),
    ),
)
@patterns_argument
@folder_option
@name_option
@baseline_option
@confidence_option
@meta_option
@click.option("--trim", type=click.IntRange(0), metavar="INDEX", help="Cut all histories to the length of this row's.")
@click.option("--trim-last", is_flag=True, help="Cut all histories to the shortest.")
@click.option("--watch", type=POSITIVE, metavar="S", help="Show it again every so many seconds, until all has run.")
@click.option("--export", type=click.Path(path_type=Path), metavar="FILE", help="Write it to a file, too.")
@format_option
@as_json
@verbose
def table(
    *,
    patterns: tuple[str, ...],
    folder: Path,
    name: str | None,
    trim: int | None,
    trim_last: bool,
    watch: float | None,
    export: Path | None,
    format_: str | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Show a line for each row of a grid: its state, and means over seeds with intervals.

    A plan whose explorer has hooks says itself which columns there are. PATTERNS choose cells: the index of a row, 3:7,
    the beginning of an id, a value such as policy=default, part of a name or of a value, and '!part' for all others.
    Nothing is changed.
    """
    from simulator.cli.grid.reading import overview_of, say_json, say_table

    if trim is not None and trim_last:
        raise click.UsageError("--trim cuts to one row's length, --trim-last to the shortest; name one of them")
    reading |= {"patterns": patterns, "trim": trim, "trim_last": trim_last}
    if watch is not None:
        _watch(folder, name, watch, reading)
    found, shown = overview_of(folder, name, **reading)
    if as_json:
        say_json(found)
    else:
        say_table(found, shown)
    if export is not None:
        from simulator.explore.read.export import export_table

        click.echo(f"Wrote {export_table(found, export, format=format_, shown=shown)}", err=True)


def _watch(folder: Path, name: str | None, every_s: float, reading: dict[str, Any]) -> None:
    """Show the table in one place, until no cell is left to be run or Ctrl-C ends it."""
    from contextlib import suppress

    from rich.live import Live

    from simulator.cli.grid.look import as_text, fitted
    from simulator.cli.grid.reading import overview_of
    from simulator.cli.terminal import console as new_console

    console = new_console()
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop") as live,
    ):
        while True:
            found, shown = overview_of(folder, name, **reading)
            live.update(as_text(fitted(shown, console.width)), refresh=True)
            if not found[["pending", "running"]].to_numpy().any():
                return
            time.sleep(every_s)
