"""``simulator grid export``: a grid's table as a file."""

from __future__ import annotations

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
from simulator.cli.options import as_json, examples, verbose
from simulator.cli.told import tell

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
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@patterns_argument
@folder_option
@name_option
@format_option
@baseline_option
@confidence_option
@meta_option
@as_json
@verbose
def export(
    *,
    file: Path,
    patterns: tuple[str, ...],
    folder: Path,
    name: str | None,
    format_: str | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Write the table of a grid to FILE.

    Equal results make equal files, to the byte, whoever ran the cells. An existing file is replaced.
    """
    from simulator.cli.grid.reading import overview_of
    from simulator.explore.read.export import export_table, format_of

    format_of(file, format_)  # before anybody waits
    table, shown = overview_of(folder, name, patterns=patterns, **reading)
    written = export_table(table, file, format=format_, shown=shown)
    tell(f"Wrote {written}", as_json=as_json, file=str(written))
