"""One panel, of the size that the page has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["alone", "look", "panel"]

#: Width of a figure of which two stand side by side, of one that stands alone, and the usual height [in].
WIDTH_IN, WIDE_IN, HEIGHT_IN = 5.4, 10.6, 3.3

#: Size of the letters [pt]; the page shows figures at about their own size.
_LETTERS_PT = 9.0

#: Letters of a name beside a bar.
_LONGEST_NAME = 26

_LOOK: Any = {
    "font.size": _LETTERS_PT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a8f98",
    "axes.labelcolor": "#30343b",
    "xtick.color": "#4b5058",
    "ytick.color": "#4b5058",
    "grid.color": "#c9cdd3",
    "axes.axisbelow": True,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "trace-simulator report",
}


def panel(
    draw: Callable[[Axes], Any], *, width_in: float = WIDTH_IN, height_in: float = HEIGHT_IN, legend: bool = False
) -> Callable[[], Figure]:
    """Make a function that draws one panel without a title of its own, since the page has one.

    Parameters
    ----------
    draw
        Draws into axes, as functions of `simulator.plot` do.
    width_in, height_in
        Size of the figure [in].
    legend
        Whether what has labels is explained below the axes; policies are explained by the page.
    """

    def drawn() -> Figure:
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        with rc_context(_LOOK):
            figure = Figure(figsize=(width_in, height_in), layout="constrained")
            ax = figure.add_subplot()
            draw(ax)
            for each in figure.axes:
                each.set_title("")
                _shorten_names(each)
            if legend:
                handles, labels = ax.get_legend_handles_labels()
                figure.legend(
                    handles, labels, loc="outside lower left", ncols=_beside(width_in), frameon=False, fontsize="small"
                )
            return figure

    return drawn


def alone(draw: Callable[[], Axes], *, width_in: float = WIDE_IN) -> Callable[[], Figure]:
    """Make a function that lets a plot make its own figure, with its own legend and height, but no title.

    Parameters
    ----------
    draw
        Draws, and returns its axes.
    width_in
        Width of the figure [in].
    """

    def drawn() -> Figure:
        from matplotlib import rc_context

        with rc_context(_LOOK):
            figure = cast("Figure", draw().get_figure(root=True))
            figure.set_figwidth(width_in)
            for each in figure.axes:
                each.set_title("")
            return figure

    return drawn


def _beside(width_in: float) -> int:
    """Choose how many explanations stand side by side."""
    return 4 if width_in >= WIDTH_IN else 2


def _shorten_names(ax: Axes) -> None:
    """Cut names beside bars that would leave no room for the bars; tables have them in full."""
    texts = [label.get_text() for label in ax.get_yticklabels()]
    if max(map(len, texts), default=0) > _LONGEST_NAME:
        short = [text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…" for text in texts]
        ax.set_yticks(ax.get_yticks(), short)


def look() -> Any:
    """List the settings of matplotlib that hold while a figure is drawn and written."""
    return dict(_LOOK)
