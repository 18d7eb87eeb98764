"""A grid's table on a terminal: columns, and groups of them under a common heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style
    from rich.table import Table

    from simulator.explore.read.displays import Column, Display

__all__ = ["as_table", "fitted", "print_display"]

#: Characters between columns.
_GAP = 2


def fitted(display: Display, width: int) -> Display:
    """Leave out what says least, until the rest fits into so many characters, or nothing can be left out."""
    while _width(display) > width and (less := display.without_least()) != display:
        display = less
    return display


def as_table(display: Display) -> Table:
    """Draw a table."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    justify = {"<": "left", ">": "right", "^": "center"}
    for at, column in enumerate(display.columns):
        table.add_column(
            Text(_heading(display.columns, at)),
            justify=justify[column.align],  # type: ignore[arg-type]  # one of the three
            style=_style(display.colors[at % len(display.colors)] if display.colors else "0"),
            no_wrap=True,
            vertical="bottom",
        )
    for texts in zip(*(column.texts for column in display.columns), strict=True):
        table.add_row(*map(Text, texts))
    return table


def print_display(
    display: Display, *, title: str = "", note: str = "", caption: Callable[[Display], str] | None = None
) -> None:
    """Print a table on stdout; what can be left out is, where a terminal is too narrow, but nothing is cut.

    Parameters
    ----------
    display
        Its columns.
    title, note
        Stand above it; the note says what is to be known of the data.
    caption
        Makes what stands below it, of the columns that are shown.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if console.is_terminal:
        display = fitted(display, console.width)
    console.width = max(console.width, _width(display))
    if title or note:
        console.print(Text.assemble((title, "bold"), "  " if title and note else "", (note, "bold yellow")))
    console.print(as_table(display))
    if caption and (text := caption(display)):
        console.print(Text(text, style="dim"))


def _width(display: Display) -> int:
    """Characters that a table takes, gaps included."""
    widths = [
        max(len(line) for text in ("\n".join(column.headings), *column.texts) for line in text.split("\n"))
        for column in display.columns
    ]
    return sum(widths) + _GAP * (len(widths) - 1)


def _heading(columns: list[Column], at: int) -> str:
    """Stack the headings of a column; one that its left neighbour has as well is not said again."""
    here = columns[at].headings
    left = columns[at - 1].headings if at else ()
    *groups, name = here
    said = ["" if left[: level + 1] == here[: level + 1] else each for level, each in enumerate(groups)]
    return "\n".join([*said, name])


def _style(sgr: str) -> Style | str:
    """Turn parameters of an SGR sequence into a style."""
    from rich.text import Text

    spans = Text.from_ansi(f"\x1b[{sgr}m.").spans
    return spans[0].style if spans else ""
