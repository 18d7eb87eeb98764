"""How much hangs on a knob."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["sensitivity"]


def sensitivity(
    table: pd.DataFrame,
    *,
    knob: str = "eta",
    measure: str = "cost",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw what becomes of each policy as one knob is turned.

    Parameters
    ----------
    table
        What `simulator.compare.sensitivity` returned, about one job on one GPU.
    knob
        eta, beta, window or default_bs.
    measure
        A column: cost, energy_j, time_s, their late values, such as late_cost, or regret_pct.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: the first six.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name, in the band of its interval. Values where seeds failed are not
        drawn.

    Raises
    ------
    ReplayError
        If the table is another one, does not turn the knob, or is about several jobs or GPUs.
    """
    raise NotImplementedError
