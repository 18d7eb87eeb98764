"""How policies and axes look, the same in every plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.compare.manifests import headline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["add_notes", "finish", "new_axes", "readable_log", "styles"]

#: Colours that people with any colour vision tell apart, on paper too: M. Okabe, K. Ito, "Color Universal Design",
#: 2008, without the yellow, which white paper swallows, then three of P. Tol, "Colour Schemes", 2021.
_COLOURS = (
    *("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F"),
    *("#882255", "#999933", "#332288"),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*", "d")
_LINES = ("-", "--", "-.", (0, (1, 1.2)), (0, (5, 1, 1, 1, 1, 1)))

_WIDTH_IN, _HEIGHT_IN = 7.0, 4.2

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


def new_axes() -> Axes:
    """Make axes in a figure of their own that needs neither a display nor pyplot's state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout="constrained").add_subplot()


def finish(ax: Axes, result: pd.DataFrame, title: str, *, notes: Sequence[str] | None) -> None:
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
    """
    ax.set_title(title, fontsize="medium")
    ax.grid(alpha=0.25)
    if notes is not None:
        ax.set_title(f"{headline(result)}\n{title}", wrap=True, fontsize="medium")
        ax.figure.legend(loc="outside right upper")
        add_notes(ax.get_figure(root=True), notes)


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
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    scale("log")
    low, high = axis.get_view_interval()
    if high < _NARROW * low:
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=whole))
    else:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high > _WIDE * low else (1.0, 2.0, 3.0, 5.0, 7.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
