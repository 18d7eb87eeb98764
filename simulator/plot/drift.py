"""How policies follow a job whose data drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["drift"]


def drift(
    result: pd.DataFrame,
    *,
    configurations: pd.DataFrame | None = None,
    measure: str = "cost",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw what each slice of the data cost, one recurrence a slice, and the batch size chosen there.

    Parameters
    ----------
    result
        Result table of one job on one GPU, whose traces drift.
    configurations
        What each configuration costs in each slice: `simulator.compare.configurations` with a column ``slice``. With
        it, amounts are relative to the configuration that is best in their slice, whose batch size is drawn as well.
    measure
        cost, energy_j, time_s or batch_size.
    ax
        Where to draw the measure; None makes a figure with a legend and notes, and with a second panel
        (``ax.figure.axes[1]``) for the batch size chosen.
    policies
        Policies to draw; their order decides how they look. Default: the first six of
        `simulator.plot.by_importance`.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name: the median over the seeds, in a band from quartile to quartile.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, or there is no such measure.
    """
    raise NotImplementedError
