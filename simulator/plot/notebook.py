"""Figures and axes that show themselves as the last value of a notebook's cell, without pyplot.

A notebook asks each value for a picture (``_repr_png_``). matplotlib's own figures answer only where pyplot's inline
backend is loaded, and axes never do.
"""

from __future__ import annotations

import io

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["ShownAxes", "ShownFigure"]

#: Dots per inch: sharp enough on a screen, and some 50 kB.
_DPI = 100


class ShownFigure(Figure):
    """A figure that is its own picture in a notebook."""

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        # Without the name of the program that wrote it, the same figure gives the same bytes.
        self.savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
        return picture.getvalue()


class ShownAxes(Axes):
    """Axes that stand for the figure which they are in."""

    def _repr_png_(self) -> bytes | None:
        figure = self.get_figure(root=True)
        return figure._repr_png_() if isinstance(figure, ShownFigure) else None
