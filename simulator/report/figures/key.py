"""What policies look like, for the lists below figures: a piece of line with a marker, drawn once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.figures.panel import look
from simulator.report.figures.svg import inline

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["keys"]

_WIDTH_IN, _HEIGHT_IN = 0.42, 0.18


def keys(policies: Sequence[str]) -> list[str]:
    """Draw the look of each policy as a ``<symbol>`` element with the id ``look-N``, by its place in the list.

    Parameters
    ----------
    policies
        All policies of the page, in the order in which figures draw them.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from simulator.plot.style import styles

    drawn = []
    with rc_context(look()):
        for i, style in enumerate(styles(policies).values()):
            figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN))
            figure.patch.set_visible(False)
            for line in (
                Line2D([0.04, 0.96], [0.5, 0.5], color=style["color"], linestyle=style["linestyle"], linewidth=1.6),
                Line2D([0.5], [0.5], color=style["color"], marker=style["marker"], markersize=5.5, linestyle="none"),
            ):
                line.set_transform(figure.transFigure)
                figure.add_artist(line)
            svg = inline(figure, name=f"key-{i}", label="")
            drawn.append(f'<symbol id="look-{i}" {svg.removeprefix("<svg ").removesuffix("</svg>")}</symbol>')
    return drawn
