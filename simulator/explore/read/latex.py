"""A table as LaTeX, with the rules of the package booktabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.explore.read.headings import heading_rows

if TYPE_CHECKING:
    from simulator.explore.read.displays import Display

__all__ = ["latex"]

#: What means something to LaTeX, or is not in the fonts that it starts with.
_WRITTEN = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "●": r"$\bullet$",
    "–": "--",
    "η": r"$\eta$",
    "β": r"$\beta$",
    "\N{NO-BREAK SPACE}": "~",
    "\n": " ",
}
_SPECIAL = re.compile("|".join(map(re.escape, _WRITTEN)))
_ALIGN = {"<": "l", ">": "r", "^": "c"}


def latex(display: Display, *, title: str, note: str = "", caption: str = "") -> str:
    r"""Write a table environment; the document needs the package booktabs.

    Parameters
    ----------
    display
        The columns.
    title
        Begins the caption.
    note
        What is to be known of the data, in bold; empty if nothing is.
    caption
        What else the caption says.

    Examples
    --------
    >>> from simulator.explore.read.columns import Column
    >>> from simulator.explore.read.displays import Display
    >>> print(latex(Display([Column(("eta",), ">", ["1 ± 0.5"])]), title="a_b"), end="")
    \begin{table}
      \centering
      \caption{a\_b}
      \begin{tabular}{r}
        \toprule
        eta \\
        \midrule
        1 $\pm$ 0.5 \\
        \bottomrule
      \end{tabular}
    \end{table}
    """
    *above, names = heading_rows(display.columns)
    said = [_text(title), *([rf"\textbf{{{_text(note)}}}"] if note else []), *([_text(caption)] if caption else [])]
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{'. '.join(said)}}}",
        rf"  \begin{{tabular}}{{{''.join(_ALIGN[column.align] for column in display.columns)}}}",
        r"    \toprule",
    ]
    for row in above:
        lines += _spanning(row)
    lines += [f"    {' & '.join(_text(name) for name, _ in names)} \\\\", r"    \midrule"]
    for texts in zip(*(column.texts for column in display.columns), strict=True):
        lines.append(f"    {' & '.join(map(_text, texts))} \\\\")
    return "\n".join([*lines, r"    \bottomrule", r"  \end{tabular}", r"\end{table}", ""])


def _spanning(row: list[tuple[str, int]]) -> list[str]:
    cells, rules, first = [], [], 1
    for name, span in row:
        cells.append(rf"\multicolumn{{{span}}}{{c}}{{{_text(name)}}}" if span > 1 else _text(name))
        rules += [rf"\cmidrule(lr){{{first}-{first + span - 1}}}"] if name else []
        first += span
    return [f"    {' & '.join(cells)} \\\\", *([f"    {' '.join(rules)}"] if rules else [])]


def _text(text: str) -> str:
    return _SPECIAL.sub(lambda match: _WRITTEN[match[0]], text)
