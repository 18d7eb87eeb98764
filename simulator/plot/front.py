"""Fronts of time and energy: over configurations, over values of η, over policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["front"]


def front(
    table: pd.DataFrame,
    *,
    late: bool = False,
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw the points of a table in the time–energy plane, and a line through those that no other beats.

    Parameters
    ----------
    table
        What `simulator.compare.configurations`, `simulator.compare.eta_front` or `simulator.compare.policy_front`
        returned, about one job on one GPU.
    late
        Whether to draw what policies end up with: the last five recurrences instead of all.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: all.

    Returns
    -------
    matplotlib.axes.Axes
        A point for each row, with its intervals where the table has them; hollow if it is not on the front. Points of a
        policy over values of η are joined by its line.

    Raises
    ------
    ReplayError
        If the table has no points in time and energy, or is about several jobs or GPUs.
    """
    raise NotImplementedError
