"""What a choice made on one GPU costs on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["transfer"]


def transfer(table: pd.DataFrame, *, job: str | None = None, measure: str = "cost_pct", ax: Axes | None = None) -> Axes:
    """Draw how far each GPU's best configuration is from the best on every other GPU, as a heat map with numbers.

    Parameters
    ----------
    table
        What `simulator.compare.transfer` returned.
    job
        Job (its text) to draw; None means the only one, or the mean over all jobs that are known on both GPUs.
    measure
        cost_pct, energy_pct or time_pct.
    ax
        Where to draw; None makes a figure, with notes on cells that are empty.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each GPU where a configuration is the best, a column for each where it runs; in each cell the
        difference [%].

    Raises
    ------
    ReplayError
        If it is no such table, or holds no such job.
    """
    raise NotImplementedError
