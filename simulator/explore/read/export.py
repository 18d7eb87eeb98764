"""A table as a file: CSV and Parquet to the bit, LaTeX and HTML for people.

Equal tables make equal files, to the byte: nothing in them depends on when, where or by whom the cells were run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    import pandas as pd

    from simulator.explore.read.displays import Display

__all__ = ["FORMATS", "export_table", "format_of"]

#: Formats by the ends of files' names.
_SUFFIXES = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".tex": "latex", ".html": "html", ".htm": "html"}

FORMATS = tuple(dict.fromkeys(_SUFFIXES.values()))


def format_of(path: str | PathLike[str], wanted: str | None = None) -> str:
    """Say in which format to write a file: the one that is asked for, or the one that its name ends like.

    Raises
    ------
    ConfigError
        If there is no such format, or the name says nothing.

    Examples
    --------
    >>> format_of("table.tex"), format_of("table", "csv")
    ('latex', 'csv')
    """
    if wanted is not None:
        if wanted not in FORMATS:
            raise ConfigError(f"format {wanted!r} is none of {', '.join(FORMATS)}{nearest(wanted, FORMATS)}")
        return wanted
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise ConfigError(
            f"{Path(path).name} does not end like a table; end it in {', '.join(_SUFFIXES)}, or name a format: "
            f"{', '.join(FORMATS)}"
        )
    return _SUFFIXES[suffix]


def export_table(
    table: pd.DataFrame,
    path: str | PathLike[str],
    *,
    format: str | None = None,  # noqa: A002  # the field's word
    shown: Display | None = None,
) -> Path:
    """Write a table to a file, whole or not at all.

    Parameters
    ----------
    table
        What `simulator.explore.read_table` returned.
    path
        Where to; its end says in which format, unless ``format`` does.
    format
        ``"csv"`` or ``"parquet"``: all columns, floats to the bit. ``"latex"`` or ``"html"``: what people read, means
        with half the width of their intervals; LaTeX needs the package booktabs, HTML nothing.
    shown
        What people see in LaTeX and HTML; by default `simulator.explore.read.summary.overview` chooses.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ConfigError
        If the format is unknown.
    OSError
        If the file cannot be written; what was there before stays.
    """
    from simulator.trace.files import whole_file

    chosen = format_of(path, format)
    try:
        with whole_file(path) as temporary:
            _WRITERS[chosen](table, temporary, shown)
    except OSError as cause:  # it names a temporary file, or none
        why = os.strerror(cause.errno) if cause.errno else str(cause)
        what = f"cannot be written: {why}; make room there, or write elsewhere"
        raise OSError(cause.errno, what, str(path)) from cause
    return Path(path)


def _csv(table: pd.DataFrame, path: Path, _: Display | None) -> None:
    # Python writes the shortest text that reads back as the same float.
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _parquet(table: pd.DataFrame, path: Path, _: Display | None) -> None:
    table.to_parquet(path, index=False, compression="zstd")


def _latex(table: pd.DataFrame, path: Path, shown: Display | None) -> None:
    from simulator.explore.read.latex import latex
    from simulator.explore.read.summary import caption, data_note, overview

    shown = shown or overview(table)
    text = latex(shown, title=table.attrs["grid"], note=data_note(table), caption=caption(table, shown))
    path.write_text(text, encoding="utf-8", newline="\n")


def _html(table: pd.DataFrame, path: Path, shown: Display | None) -> None:
    from simulator.explore.read.html import html
    from simulator.explore.read.summary import caption, data_note, overview

    shown = shown or overview(table)
    text = html(shown, title=table.attrs["grid"], note=data_note(table), caption=caption(table, shown))
    path.write_text(text, encoding="utf-8", newline="\n")


_WRITERS: dict[str, Callable[[pd.DataFrame, Path, Display | None], None]] = {
    "csv": _csv,
    "parquet": _parquet,
    "latex": _latex,
    "html": _html,
}
