"""A grid's table on a terminal: columns, and groups of them under a common heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.style import Style
    from rich.table import Table

    from simulator.explore.read.displays import Column, Display

__all__ = ["as_table", "print_display"]


def as_table(display: Display, *, rows: int | None = None) -> Table:
    """Draw a table.

    Parameters
    ----------
    display
        Its columns.
    rows
        How many lines of it, at most, from the first on; None means all.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    justify = {"<": "left", ">": "right", "^": "center"}
    for at, column in enumerate(display.columns):
        sgr = display.colors[at % len(display.colors)] if display.colors else "0"
        table.add_column(
            Text(_heading(display.columns, at)),
            justify=justify[column.align],  # type: ignore[arg-type]  # one of the three
            style=_style(sgr),
            no_wrap=True,
            vertical="bottom",
        )
    lines = list(zip(*(column.texts for column in display.columns), strict=True))
    for texts in lines[:rows]:
        table.add_row(*map(Text, texts))
    return table


def print_display(display: Display, *, title: str = "", note: str = "", caption: str = "") -> None:
    """Print a table on stdout, rather too wide for a terminal than cut.

    Parameters
    ----------
    display
        Its columns.
    title, note
        Stand above it; the note says what is to be known of the data.
    caption
        Stands below it.
    """
    from rich.console import Console
    from rich.text import Text

    table = as_table(display)
    console = Console(highlight=False)
    wide = Console(highlight=False)
    wide.width = max(console.width, console.measure(table, options=console.options.update(width=100_000)).maximum)
    if title or note:
        console.print(Text.assemble((title, "bold"), "  " if title and note else "", (note, "bold yellow")))
    wide.print(table)
    if caption:
        wide.print(Text(caption, style="dim"))


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
