"""A line for each policy in the band of its quartiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from simulator.errors import ReplayError
from simulator.plot.style import gid, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["draw_band", "draw_bands", "faintness", "width_pt"]

#: Quantiles between which a band is drawn.
_BAND = (0.25, 0.75)

#: Opacity of a band, and of all of them together: many bands must not bury the lines.
_BAND_ALPHA, _ALL_BANDS_ALPHA = 0.15, 0.5

#: Widths of the topmost line, and what each one below it has more, so that lines that coincide are all seen [points].
_WIDTH_PT, _WIDER_PT = 1.2, 0.8

#: Markers on a line, so that they do not become a bar.
_MARKERS = 25


def draw_bands(
    ax: Axes,
    table: pd.DataFrame,
    column: str,
    *,
    policies: Sequence[str],
    at: str,
    interpolation: Literal["linear", "lower"] = "linear",
) -> None:
    """Draw the median of each policy wherever there is one, in a band from quartile to quartile.

    Parameters
    ----------
    ax
        Where to draw.
    table
        Rows with policy and the two columns that are named.
    column
        What is drawn.
    policies
        Policies, in the order that decides how they look; those without rows have no line.
    at
        Column with the place on the horizontal axis; rows that share one are taken together.
    interpolation
        How quantiles between two values are found.

    Raises
    ------
    ReplayError
        If there is no row of any of them.
    """
    by_policy = {str(policy): rows for policy, rows in table.groupby("policy", sort=False)}
    if not set(policies) & set(by_policy):
        raise ReplayError(
            f"there is nothing to draw of {', '.join(policies) or 'no policy'}: no replay of theirs went through to "
            f"its end in this table; it has {', '.join(by_policy) or 'none of any policy'}"
        )
    for i, (policy, style) in enumerate(styles(policies).items()):
        if policy in by_policy:
            rows = by_policy[policy]
            amounts = rows[column].groupby(rows[at])
            low, middle, high = (amounts.quantile(share, interpolation) for share in (_BAND[0], 0.5, _BAND[1]))
            ends = middle.index.to_numpy(float), low.to_numpy(float), middle.to_numpy(float), high.to_numpy(float)
            draw_band(ax, *ends, policy=policy, style=style, width=width_pt(i, len(policies)), of=len(policies))


def draw_band(
    ax: Axes, x: Any, low: Any, middle: Any, high: Any, *, policy: str, style: dict[str, Any], width: float, of: int
) -> None:
    """Draw one policy: a line with markers and the band between two others, each of shape (n,)."""
    every = max(1, -(-len(x) // _MARKERS))
    ax.plot(x, middle, **style, markersize=4, markevery=every, linewidth=width, label=policy, gid=gid(policy))
    ax.fill_between(x, low, high, color=style["color"], alpha=faintness(of), linewidth=0, gid=gid(policy))


def faintness(bands: int) -> float:
    """Choose the opacity of one of so many bands."""
    return min(_BAND_ALPHA, _ALL_BANDS_ALPHA / bands)


def width_pt(place: int, lines: int) -> float:
    """Choose the width of the line at a place among so many: those drawn first lie below, and are wider."""
    return _WIDTH_PT + _WIDER_PT * (lines - 1 - place) / max(lines - 1, 1)
