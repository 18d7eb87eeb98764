"""A grid's table on a terminal: columns, and groups of them under a common heading."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.text import Text

    from simulator.explore.read.columns import Column
    from simulator.explore.read.displays import Display

__all__ = ["as_text", "fitted", "print_display", "split"]

#: What stands between columns.
_GAP = "  "


def fitted(display: Display, width: int) -> Display:
    """Shorten names, then leave out what says least, until the rest fits, or nothing can be left out.

    Parameters
    ----------
    display
        A table.
    width
        How many characters there are room for.
    """
    from simulator.explore.read.shortening import short_names

    if _total(_widths(display.columns)) > width:
        columns = [replace(column, texts=short_names(column.texts)) for column in display.columns]
        display = replace(display, columns=columns)
    while _total(_widths(display.columns)) > width and (less := display.without_least()) != display:
        display = less
    return display


def split(display: Display, width: int) -> list[Display]:
    """Part a table that is too wide into several, one below the other, each with the first column to find rows by.

    Parameters
    ----------
    display
        A table.
    width
        How many characters there are room for; a single column may take more.
    """
    if not display.columns:
        return [display]
    first, *rest = display.columns
    parts: list[list[Column]] = [[]]
    for column in rest:
        if parts[-1] and _total(_widths([first, *parts[-1], column])) > width:
            parts.append([])
        parts[-1].append(column)
    return [replace(display, columns=[first, *part]) for part in parts]


def as_text(display: Display) -> Text:
    """Draw a table, a line a row; a group's heading spans its columns.

    Lines that are longer than the terminal end there, unless they are printed to be wrapped.
    """
    from rich.text import Text

    from simulator.explore.read.headings import heading_rows

    columns = display.columns
    widths = _widths(columns)
    *groups, _ = heading_rows(columns)
    lines = [Text(_spanning(row, widths).rstrip()) for row in groups]
    names = [column.headings[-1].split("\n") for column in columns]
    depth = max(map(len, names), default=0)
    padded = [[""] * (depth - len(each)) + each for each in names]
    lines += [Text(_line([each[at] for each in padded], columns, widths).rstrip(), style="bold") for at in range(depth)]
    lines.append(Text("─" * _total(widths), style="dim"))
    styles = [_style(sgr) for sgr in display.colors] or [""]
    for texts in zip(*(column.texts for column in columns), strict=True):
        parts = [_padded(text, column.align, width) for text, column, width in zip(texts, columns, widths, strict=True)]
        line = Text()
        for at, part in enumerate(parts):
            line.append(_GAP if at else "").append(part, styles[at % len(styles)])
        line.rstrip()
        lines.append(line)
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def print_display(
    display: Display, *, title: str = "", note: str = "", caption: Callable[[Display], str] | None = None
) -> None:
    """Print a table on stdout. Where a terminal is too narrow, what can be left out is, and the rest is parted.

    Parameters
    ----------
    display
        Its columns.
    title, note
        Stand above it; the note says what is to be known of the data.
    caption
        Makes what stands below it, of the columns that are shown.
    """
    from rich.text import Text

    from simulator.cli.terminal import console as new_console
    from simulator.cli.terminal import on_terminal

    console = new_console()
    parts = [display]
    if on_terminal():
        display, parts = _for_terminal(display, console.width)
    else:
        console.width = max(console.width, _total(_widths(display.columns)))
    if title or note:
        console.print(Text.assemble((title, "bold"), "  " if title and note else "", (note, "bold yellow")))
    for at, part in enumerate(parts):
        table = as_text(part)
        table.no_wrap = False
        if at:
            console.print()
        console.print(table, soft_wrap=True)
    if caption and (text := caption(display)):
        console.print(Text(text, style="dim"))


def _for_terminal(display: Display, width: int) -> tuple[Display, list[Display]]:
    """Leave out what says least if the rest is one table then; otherwise show all, in parts."""
    less = fitted(display, width)
    if _total(_widths(less.columns)) <= width:
        return less, [less]
    return display, split(display, width)


def _widths(columns: Sequence[Column]) -> list[int]:
    """Characters that each column takes; the last one of a group as many as its heading needs."""
    from simulator.explore.read.headings import heading_rows

    widths = [
        max(len(line) for text in (each.headings[-1], *each.texts) for line in text.split("\n")) for each in columns
    ]
    *groups, _ = heading_rows(columns)
    for row in groups:
        ends = accumulate(span for _, span in row)
        for (name, span), end in zip(row, ends, strict=True):
            widths[end - 1] += max(len(name) - _total(widths[end - span : end]), 0)
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _spanning(row: list[tuple[str, int]], widths: list[int]) -> str:
    """Write headings in the middle of what they span, between rules."""
    parts, first = [], 0
    for name, span in row:
        width = _total(widths[first : first + span])
        parts.append(f" {name} ".center(width, "─") if name and len(name) + 2 <= width else name.center(width))
        first += span
    return _GAP.join(parts)


def _line(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    return _GAP.join(
        _padded(text, column.align, width) for text, column, width in zip(texts, columns, widths, strict=True)
    )


def _padded(text: str, align: str, width: int) -> str:
    return f"{text:{align}{width}}"


def _style(sgr: str) -> str:
    """Turn parameters of an SGR sequence into a style of rich."""
    from rich.text import Text

    spans = Text.from_ansi(f"\x1b[{sgr}m.").spans
    return str(spans[0].style) if spans else ""
