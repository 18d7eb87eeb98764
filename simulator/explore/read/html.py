"""A table as a page of HTML that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from simulator.explore.read.headings import heading_rows

if TYPE_CHECKING:
    from simulator.explore.read.displays import Display

__all__ = ["html"]

_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; }
th, td { padding: .25em .8em; white-space: nowrap; text-align: left; }
th { white-space: pre-line; vertical-align: bottom; }
thead tr:last-child th { border-bottom: 1px solid; }
tbody tr:nth-child(even) { background: #f4f4f4; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
.middle { text-align: center; }
.note { display: inline-block; background: #fff3c4; border: 1px solid #c90; padding: .2em .6em; font-weight: bold; }
.caption { color: #666; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; }
  tbody tr:nth-child(even) { background: #222; }
  .note { color: #222; }
}
"""
_CLASSES = {"<": "", ">": ' class="right"', "^": ' class="middle"'}


def html(display: Display, *, title: str, note: str = "", caption: str = "") -> str:
    """Write a page with a table; nothing is fetched when it is opened.

    Parameters
    ----------
    display
        The columns.
    title
        Stands above it.
    note
        What is to be known of the data; empty if nothing is.
    caption
        Stands below it.
    """
    *above, names = heading_rows(display.columns)
    align = [_CLASSES[column.align] for column in display.columns]
    heads = ["".join(_spanning(text, span) for text, span in row) for row in above]
    heads.append("".join(f"<th{how}>{escape(text)}</th>" for how, (text, _) in zip(align, names, strict=True)))
    body = [
        "".join(f"<td{how}>{escape(text)}</td>" for how, text in zip(align, texts, strict=True))
        for texts in zip(*(column.texts for column in display.columns), strict=True)
    ]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        f'<head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>',
        f"<body><h1>{escape(title)}</h1>",
        *([f'<p class="note">{escape(note)}</p>'] if note else []),
        "<table>",
        "<thead>",
        *(f"<tr>{row}</tr>" for row in heads),
        "</thead>",
        "<tbody>",
        *(f"<tr>{row}</tr>" for row in body),
        "</tbody>",
        "</table>",
        *([f'<p class="caption">{escape(caption)}</p>'] if caption else []),
        "</body></html>",
        "",
    ]
    return "\n".join(parts)


def _spanning(text: str, span: int) -> str:
    return f'<th class="middle" colspan="{span}">{escape(text)}</th>' if span > 1 else f"<th>{escape(text)}</th>"
