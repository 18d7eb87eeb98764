"""What policies lost against the best fixed configuration, as recurrences go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["regret"]


def regret(
    result: pd.DataFrame,
    *,
    configurations: pd.DataFrame | None = None,
    cumulative: bool = True,
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw the cost beyond that of the best fixed configuration, added up from recurrence to recurrence.

    A line that goes flat belongs to a policy that has found the best configuration; one that rises steadily, to a
    policy that stays with another one. A line falls where luck was better than is expected of the best configuration.

    Parameters
    ----------
    result
        Result table of one job on one GPU; or what `simulator.compare.regret` made of it.
    configurations
        What each configuration is expected to cost, as `simulator.compare.configurations` says; needed with a result
        table.
    cumulative
        Whether regret is added up; otherwise it is that of each recurrence.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: the first six of
        `simulator.plot.by_importance`.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name: the median over the seeds, in a band from quartile to quartile,
        in J of cost.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, or the best configuration is not known.
    """
    raise NotImplementedError
