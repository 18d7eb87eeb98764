"""What it costs to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["exploration"]


def exploration(
    result: pd.DataFrame,
    *,
    measure: str = "cost",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw what each policy paid beyond its settled choice, and what for, as stacked bars.

    Parameters
    ----------
    result
        Result table of one job on one GPU; or what `simulator.compare.exploration` made of it.
    measure
        cost, energy_j or time_s.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw, in this order. Default: all.

    Returns
    -------
    matplotlib.axes.Axes
        A bar for each policy: profiling, runs that missed the target or were stopped, and other choices than the one
        it settled on; beside it the share of all that it paid [%].

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, or is no result table.
    """
    raise NotImplementedError
