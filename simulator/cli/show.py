"""Tables on stdout: for people, or JSON lines for programs."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from simulator.cli.terminal import console as new_console

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.table import Table

__all__ = ["json_lines", "plain_rows", "say", "show"]

#: Wider than any table [characters].
_NO_END = 100_000

#: How a cell starts that is a number, or stands for a missing one.
_NUMBER = re.compile(r"[-+–]?[\d.]*(\W|$)")


def json_lines(frame: pd.DataFrame) -> None:
    """Print a row a line; numbers in full, null where there is none, and infinity as a word."""
    for row in plain_rows(frame):
        click.echo(json.dumps(row))


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Make plain data of a table for JSON, a dictionary a row."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def show(frame: pd.DataFrame, *, title: str = "", caption: str = "", optional: Sequence[str | list[str]] = ()) -> None:
    """Print a table for people: words to the left, numbers to the right.

    Lines break between words, never within one.

    Parameters
    ----------
    frame
        What to show; the names of its columns are the headings, and several may have the same.
    title
        Stands above it.
    caption
        Stands below it.
    optional
        Columns to leave out, from the first on, where a terminal is too narrow for all; those of a list together.
    """
    from rich.text import Text

    console = new_console()
    anywhere = console.options.update(width=_NO_END)
    for name in optional:
        if console.measure(_table(frame), options=anywhere).minimum <= console.width:
            break
        frame = frame.drop(columns=name)
    table = _table(frame)
    sheet = new_console()
    sheet.width = max(sheet.width, sheet.measure(table, options=anywhere).minimum)  # rather too wide than cut
    if title:
        console.print(Text(title, style="bold"))
    sheet.print(table, crop=False)  # columns keep their longest words, and may so exceed what was measured
    if caption:
        console.print(Text(caption, style="dim"))


def _table(frame: pd.DataFrame) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for name, column in frame.items():
        cells = [_readable(cell) for cell in column]
        texts = [cell for cell in cells if not _NUMBER.match(cell)]
        breaks = any(" " in text for text in texts)
        unbroken = [part for text in (str(name), *cells) for part in (text.split() if breaks else text.split("\n"))]
        table.add_column(
            Text(str(name)),
            justify="left" if texts else "right",
            no_wrap=not breaks,
            min_width=max(map(len, unbroken), default=0),
        )
    for row in frame.itertuples(index=False):
        table.add_row(*[Text(_readable(value)) for value in row])
    return table


def say(text: str, *, err: bool = False) -> None:
    """Print text for people, wrapped between words."""
    from rich.text import Text

    new_console(err=err).print(Text(text))


def _plain(value: Any) -> Any:
    """Make plain data of a cell; what is missing, or no number, is null, and infinity a word as in manifests."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if isinstance(value, (str, bool, int, float)) else None


def _readable(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return "–"
    return f"{plain:.4g}" if isinstance(plain, float) else str(plain)
