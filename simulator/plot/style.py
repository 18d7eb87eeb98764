"""How policies and axes look, the same in every plot."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from simulator.compare.manifests import headline
from simulator.plot.shown import in_panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from simulator.plot.notebook import ShownFigure

__all__ = [
    "add_legend",
    "add_notes",
    "finish",
    "gid",
    "label_values",
    "new_axes",
    "new_figure",
    "readable_log",
    "styles",
    "title_of",
    "widen",
]

#: Colours that people with any colour vision tell apart, on paper too: M. Okabe, K. Ito, "Color Universal Design",
#: 2008, without the yellow, which white paper swallows, then three of P. Tol, "Colour Schemes", 2021.
_COLOURS = (
    *("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F"),
    *("#882255", "#999933", "#332288"),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*", "d")
_LINES = ("-", "--", "-.", (0, (1, 1.2)), (0, (5, 1, 1, 1, 1, 1)))

_WIDTH_IN, _HEIGHT_IN = 8.2, 4.5

#: Letters of a title that fit above axes of their own, so that it does not run into the legend.
_TITLE_LETTERS = 78

#: Size of a letter and of a row in a legend, letters and rows for which there is room anyway.
_LETTER_IN, _ROW_IN = 0.085, 0.22
_SHORT, _ROWS_OF_TITLE = 14, 5

#: Factor between values that are labelled on an axis: less, and the labels run into one another.
_ROOM = 1.3

#: An axis whose ends differ by less than this factor has room for ticks at equal steps; by more than the second, only
#: for three a decade.
_NARROW, _WIDE = 4.0, 30.0


def styles(policies: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give each policy a colour, a marker and a line of its own, by its place in the list.

    The first eleven differ in colour and marker; the next share a colour with one of them, not the marker or the line.
    """
    return {
        policy: {
            "color": _COLOURS[i % len(_COLOURS)],
            "marker": _MARKERS[i % len(_MARKERS)],
            "linestyle": _LINES[i % len(_LINES)],
        }
        for i, policy in enumerate(policies)
    }


def gid(policy: str) -> str:
    """Name whatever is drawn of a policy, for `matplotlib.artist.Artist.set_gid`; SVG has it as the id."""
    return f"policy:{policy}"


def new_figure(*, height_in: float = _HEIGHT_IN, width_in: float = _WIDTH_IN) -> ShownFigure:
    """Make a figure that needs neither a display nor pyplot's state, and shows itself in a notebook."""
    from simulator.plot.notebook import ShownFigure

    return ShownFigure(figsize=(width_in, height_in), layout="constrained")


def new_axes(*, height_in: float = _HEIGHT_IN, width_in: float = _WIDTH_IN) -> Axes:
    """Make axes in a figure of their own; see `new_figure`."""
    from simulator.plot.notebook import ShownAxes

    return new_figure(height_in=height_in, width_in=width_in).add_subplot(axes_class=ShownAxes)


def add_legend(figure: Figure, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """Put a legend beside the axes, and make the figure larger by as much as it needs.

    Parameters
    ----------
    figure
        The figure.
    handles
        What is explained.
    labels
        What it is called; entries of policies get their ids.
    """
    from matplotlib.container import Container

    legend = figure.legend(handles, labels, loc="outside right upper")
    for handle, shown, text in zip(handles, legend.legend_handles, legend.get_texts(), strict=True):
        first = handle[0] if isinstance(handle, Container) else handle
        if shown is not None and (known := first.get_gid()):
            shown.set_gid(known)
            text.set_gid(known)
    widen(figure, labels)
    rows = [row for label in labels for row in label.split("\n")]
    figure.set_figheight(max(figure.get_figheight(), _ROW_IN * (len(rows) + _ROWS_OF_TITLE)))


def widen(figure: Figure, labels: Iterable[str]) -> None:
    """Make a figure wider by as much as the longest of labels beside its axes needs more than a short one."""
    longest = max((len(row) for label in labels for row in label.split("\n")), default=0)
    figure.set_figwidth(figure.get_figwidth() + _LETTER_IN * max(longest - _SHORT, 0))


def finish(
    ax: Axes, result: pd.DataFrame, title: str, *, notes: Sequence[str] | None, also: Sequence[Axes] = ()
) -> None:
    """Add title and grid, and beside axes that are alone in their figure a legend, and below them what to know.

    Parameters
    ----------
    ax
        The axes.
    result
        Result table that is drawn.
    title
        What the axes show of it.
    notes
        What to know; None for axes that share their figure with others.
    also
        Further axes whose lines the legend explains.
    """
    ax.set_title(in_panel(ax, result, title), fontsize="medium")
    ax.grid(alpha=0.25)
    if notes is not None:
        ax.set_title(title_of(headline(result), title), fontsize="medium")
        if figure := ax.get_figure(root=True):
            known: dict[str, Artist] = {}
            for each in (ax, *also):
                for handle, label in zip(*each.get_legend_handles_labels(), strict=True):
                    known.setdefault(label, handle)
            add_legend(figure, list(known.values()), list(known))
            add_notes(figure, notes)


def title_of(*lines: str) -> str:
    """Put lines of a title under one another, those longer than the axes in parts of about the same length.

    Examples
    --------
    >>> title_of("short – SYNTHETIC traces", "ten letters " * 10).splitlines()[:3]
    ['short', 'SYNTHETIC traces', 'ten letters ten letters ten letters ten letters ten letters']
    """
    parts = [part.strip() for line in lines for part in line.replace(" – ", "\n").split("\n")]
    return "\n".join(_evenly(part) for part in parts)


def _evenly(line: str) -> str:
    """Break a line into as few parts as fit, none much longer than another."""
    fewest = len(textwrap.wrap(line, _TITLE_LETTERS))
    widths = range(len(line) // max(fewest, 1) or 1, _TITLE_LETTERS + 1)
    return next((textwrap.fill(line, width) for width in widths if len(textwrap.wrap(line, width)) == fewest), line)


def add_notes(figure: Figure | None, notes: Sequence[str]) -> None:
    """Write what to know below everything else."""
    if figure and notes:
        figure.supxlabel("\n".join(notes), x=0.01, ha="left", fontsize="small", wrap=True)


def readable_log(axis: Axis, *, scale: Callable[[str], None], whole: bool = False) -> None:
    """Make an axis logarithmic, with plain numbers as close as they can be read.

    Parameters
    ----------
    axis
        The axis; what it shows was drawn already.
    scale
        How its scale is set: ``ax.set_xscale`` or ``ax.set_yscale``.
    whole
        Whether it counts, so that only whole numbers are marked.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

    scale("log")
    low, high = axis.get_view_interval()
    least, most = axis.get_data_interval()
    if least == most:  # a single value, around which a logarithmic axis would span decades
        limit = axis.axes.set_xlim if axis is axis.axes.xaxis else axis.axes.set_ylim
        limit(least / _ROOM, most * _ROOM)
        axis.set_major_locator(FixedLocator([least]))
    elif high < _NARROW * low:
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=whole))
    else:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high > _WIDE * low else (1.0, 2.0, 3.0, 5.0, 7.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.5g}"))
    axis.set_minor_locator(NullLocator())


def label_values(axis: Axis, values: Iterable[float], *, scale: Callable[..., None]) -> None:
    """Make an axis logarithmic, and label the values themselves, as far as they are in view and there is room.

    Parameters
    ----------
    axis
        The axis; what it shows was drawn already.
    values
        Such as batch sizes.
    scale
        How its scale is set: ``ax.set_xscale`` or ``ax.set_yscale``.
    """
    from matplotlib.ticker import NullLocator

    scale("log", base=2)
    low, high = axis.get_view_interval()
    ticks: list[float] = []
    for value in sorted(value for value in set(values) if low <= value <= high):
        if not ticks or value >= _ROOM * ticks[-1]:
            ticks.append(value)
    axis.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axis.set_minor_locator(NullLocator())
