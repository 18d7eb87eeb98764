"""What may be said of each policy: estimates and intervals, one under the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from simulator.compare.comparison import Comparison

__all__ = ["verdicts"]


def verdicts(
    comparison: Comparison | pd.DataFrame,
    *,
    measure: str = "cost",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw each policy's difference from the baseline, with its interval and the verdict in a word: a forest plot.

    Parameters
    ----------
    comparison
        What `simulator.compare` returned; or its ``differences``, or those against another baseline.
    measure
        cost, energy_j or time_s.
    ax
        Where to draw; None makes a figure as high as it needs to be, with a legend.
    policies
        Policies to draw, in this order. Default: all.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each job, GPU and policy, and last for all jobs together: difference [%], interval and verdict, which
        is told by marker and by word. A line at 0; a band as wide as the smallest difference that matters, if the
        comparison says which.

    Raises
    ------
    ReplayError
        If it is no comparison, there is no such measure, or nothing to draw.
    """
    raise NotImplementedError
