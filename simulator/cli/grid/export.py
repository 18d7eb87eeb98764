"""``simulator grid export``: a grid's table as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simulator.cli.grid.words import (
    baseline_option,
    confidence_option,
    folder_option,
    name_option,
    patterns_argument,
)
from simulator.cli.options import examples, verbose

__all__ = ["export"]


@click.command(
    short_help="Write the table to a file: csv, parquet, LaTeX, HTML.",
    epilog=examples(
        ("simulator grid export table.csv", "all columns, floats to the bit"),
        ("simulator grid export table.parquet", "the same, with types"),
        ("simulator grid export table.tex", "for a paper; needs the package booktabs"),
        ("simulator grid export table.html '!random'", "a page that needs nothing else, without rows of a name"),
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@patterns_argument
@folder_option
@name_option
@click.option("--format", "format_", metavar="FORMAT", show_default="as FILE ends", help="csv, parquet, latex or html.")
@baseline_option
@confidence_option
@click.option("--meta", is_flag=True, help="With ids, attempts, times and errors, which depend on who ran it.")
@verbose
def export(
    *,
    file: Path,
    patterns: tuple[str, ...],
    folder: Path,
    name: str | None,
    format_: str | None,
    **reading: Any,
) -> None:
    """Write the table of a grid to FILE.

    Equal results make equal files, to the byte, whoever ran the cells. An existing file is replaced.
    """
    from simulator.cli.grid.reading import overview_of
    from simulator.explore.read.export import export_table, format_of

    format_of(file, format_)  # before anybody waits
    table, shown = overview_of(folder, name, patterns=patterns, **reading)
    click.echo(f"Wrote {export_table(table, file, format=format_, shown=shown)}")
