"""Submissions that overlap, on a time line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["timeline"]


def timeline(
    result: pd.DataFrame,
    *,
    seed: int | str | None = None,
    policy: str | None = None,
    group: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the runs of one replay as bars from start to end, those in flight at once below one another.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    seed, policy, group
        Which replay; None means the first one that the table has.
    ax
        Where to draw; None makes a figure as high as it needs to be, with a legend.

    Returns
    -------
    matplotlib.axes.Axes
        A bar a run, in the first lane that is free; batch sizes differ by shade and, where there is room, by the number
        on the bar; runs that missed the target are hatched.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, or has no such replay.
    """
    raise NotImplementedError
