"""Where policies end up between least time and least energy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.compare.front import configurations
from simulator.compare.results import per_recurrence
from simulator.compare.units import energy_unit, time_unit
from simulator.plot.shown import by_importance, event, lost_seeds, spread
from simulator.plot.style import finish, new_axes, readable_log, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from simulator.compare.units import Unit
    from simulator.trace.table import JobTable

__all__ = ["plane"]

#: Quantiles over the seeds that a policy's bars reach to.
_BARS = (0.25, 0.75)

#: How much further than the farthest policy configurations are shown.
_MARGIN = 1.15


def plane(
    result: pd.DataFrame,
    *,
    table: JobTable | None = None,
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw each policy as a point: its mean time and mean energy per recurrence.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    table
        What was recorded about the job. With it, every batch size and power limit is a small dot, at what it is
        expected to cost (see `simulator.compare.configurations`), and the Pareto front a line through rings. Not for
        submissions in groups, whose costs are scaled.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: `simulator.plot.by_importance`, all.

    Returns
    -------
    matplotlib.axes.Axes
        A point with bars for each policy, labelled with its name: median and quartiles over the seeds of the mean
        over recurrences.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs.
    """
    alone = ax is None
    ax = new_axes() if ax is None else ax
    recurrences = per_recurrence(result)
    time, energy = time_unit(recurrences["time_s"].median()), energy_unit(recurrences["energy_j"].median())
    means = recurrences.groupby(["policy", "seed"], sort=False)[["time_s", "energy_j"]].mean()
    means = means / [time.size, energy.size]
    if table is not None and event(result) == "recurrence":
        _draw_configurations(ax, configurations(table), means, time, energy)
    looks = styles(by_importance(result) if policies is None else policies)
    for i, (policy, style) in enumerate(looks.items()):
        of_policy = means.loc[means.index.get_level_values("policy") == policy]
        if len(of_policy):
            _draw_policy(ax, of_policy, policy, {**style, "zorder": 4 - i / len(looks)})  # the first one on top
    readable_log(ax.xaxis, scale=ax.set_xscale)
    readable_log(ax.yaxis, scale=ax.set_yscale)
    ax.set_xlabel(f"mean time per {event(result)} [{time.symbol}]")
    ax.set_ylabel(f"mean energy per {event(result)} [{energy.symbol}]")
    title = f"mean of a replay: {spread(result, groups=False)}"
    finish(ax, result, title, notes=lost_seeds(result) if alone else None)
    return ax


def _draw_configurations(ax: Axes, dots: pd.DataFrame, means: pd.DataFrame, time: Unit, energy: Unit) -> None:
    """Draw what was recorded behind the policies, as far as they and the front reach: some batch sizes are far off."""
    x, y = dots["time_s"] / time.size, dots["energy_j"] / energy.size
    front = dots.loc[dots["on_front"]].sort_values("time_s")
    right, top = (_MARGIN * max(means[c].max(), v[front.index].max()) for c, v in (("time_s", x), ("energy_j", y)))
    near = (x <= right) & (y <= top)
    label = f"configurations\n({near.sum()} of {len(dots)} in view)"
    ax.plot(x[near], y[near], ".", color="#B0B0B0", markersize=4, zorder=1, label=label)
    (line,) = ax.plot(x[front.index], y[front.index], color="#606060", linewidth=1, zorder=1, label="Pareto front")
    line.set(marker="o", markersize=11, markerfacecolor="none")  # seen though there is one point, and a policy on it


def _draw_policy(ax: Axes, means: pd.DataFrame, policy: str, style: dict[str, Any]) -> None:
    middle = means.median()
    low, high = middle - means.quantile(_BARS[0]), means.quantile(_BARS[1]) - middle
    ax.errorbar(
        middle["time_s"],
        middle["energy_j"],
        xerr=[[low["time_s"]], [high["time_s"]]],
        yerr=[[low["energy_j"]], [high["energy_j"]]],
        color=style["color"],
        marker=style["marker"],
        markersize=8,
        markeredgecolor="white",
        linestyle="none",
        elinewidth=1,
        zorder=style["zorder"],
        label=policy,
    )
