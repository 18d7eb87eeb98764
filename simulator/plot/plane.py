"""Where policies end up between least time and least energy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.compare.front import on_front
from simulator.compare.manifests import one_job
from simulator.compare.results import per_recurrence
from simulator.compare.units import energy_unit, time_unit
from simulator.errors import ReplayError
from simulator.plot.needed import chosen_policies, configurations_of
from simulator.plot.shown import absent, by_importance, event, lost_seeds, spread
from simulator.plot.style import finish, gid, new_axes, readable_log, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from simulator.compare.units import Unit

__all__ = ["draw_configurations", "plane"]

#: Quantiles over the seeds that a policy's bars reach to.
_BARS = (0.25, 0.75)

#: How much further than the farthest policy configurations are shown.
_MARGIN = 1.15


def plane(
    result: pd.DataFrame,
    *,
    configurations: pd.DataFrame | None = None,
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw each policy as a point: its mean time and mean energy per recurrence.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    configurations
        What each batch size and power limit is expected to cost, as `simulator.compare.configurations` says; of several
        jobs and GPUs if it has columns job and gpu. With it, each is a small dot, and the Pareto front a line through
        rings; of a job that drifts, the means over its slices. Not for submissions in groups, whose costs are scaled.
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
        If the table is about several jobs or GPUs, the configurations are those of others, or no replay of these
        policies went through to its end.
    """
    job, gpu = one_job(result)
    recurrences = per_recurrence(result)
    drawn = chosen_policies(policies, lambda: by_importance(result))
    if recurrences.empty or not set(drawn) & set(recurrences["policy"]):
        raise ReplayError(f"there is nothing to draw: no replay of {', '.join(drawn)} went through to its end")
    alone = ax is None
    ax = new_axes() if ax is None else ax
    time, energy = time_unit(recurrences["time_s"].median()), energy_unit(recurrences["energy_j"].median())
    means = recurrences.groupby(["policy", "seed"], sort=False)[["time_s", "energy_j"]].mean()
    means = means / [time.size, energy.size]
    if configurations is not None and event(result) == "recurrence":
        dots = _over_slices(configurations_of(configurations, job, gpu))
        reach = means["time_s"].max(), means["energy_j"].max()
        draw_configurations(ax, dots, reach=reach, time=time, energy=energy)
    for i, (policy, style) in enumerate(styles(drawn).items()):
        of_policy = means.loc[means.index.get_level_values("policy") == policy]
        if len(of_policy):
            _draw_policy(ax, of_policy, policy, {**style, "zorder": 4 - i / len(drawn)})  # the first one on top
    readable_log(ax.xaxis, scale=ax.set_xscale)
    readable_log(ax.yaxis, scale=ax.set_yscale)
    ax.set_xlabel(f"mean time per {event(result)} [{time.symbol}]")
    ax.set_ylabel(f"mean energy per {event(result)} [{energy.symbol}]")
    title = f"mean of a replay: {spread(result, groups=False)}"
    finish(ax, result, title, notes=[*lost_seeds(result), *absent(drawn, result)] if alone else None)
    return ax


def _over_slices(dots: pd.DataFrame) -> pd.DataFrame:
    """Average over the slices of a job that drifts; a configuration that one of them lacks is left out."""
    if "slice" not in dots.columns or dots["slice"].isna().all():
        return dots
    of_slices = dots.groupby(["batch_size", "power_limit_w"])
    mean = of_slices[["energy_j", "time_s"]].mean()[of_slices.size() == dots["slice"].nunique()].reset_index()
    return mean.assign(on_front=on_front(mean["energy_j"], mean["time_s"]))


def draw_configurations(
    ax: Axes, dots: pd.DataFrame, *, reach: tuple[float, float], time: Unit, energy: Unit
) -> pd.DataFrame:
    """Draw what was recorded, as far as others and the front reach: some batch sizes are far off.

    Parameters
    ----------
    ax
        Where to draw.
    dots
        Configurations of one job on one GPU.
    reach
        How far others reach in time and energy, in these units.
    time, energy
        Units.

    Returns
    -------
    pandas.DataFrame
        The front, from quick to thrifty.
    """
    x, y = dots["time_s"] / time.size, dots["energy_j"] / energy.size
    front = dots.loc[dots["on_front"]].sort_values("time_s")
    right, top = (_MARGIN * max(end, v[front.index].max()) for end, v in zip(reach, (x, y), strict=True))
    near = (x <= right) & (y <= top)
    label = f"configurations\n({near.sum()} of {len(dots)} in view)"
    ax.plot(x[near], y[near], ".", color="#B0B0B0", markersize=4, zorder=1, label=label)
    (line,) = ax.plot(x[front.index], y[front.index], color="#606060", linewidth=1, zorder=1, label="Pareto front")
    line.set(marker="o", markersize=11, markerfacecolor="none")  # seen though there is one point, and a policy on it
    return front


def _draw_policy(ax: Axes, means: pd.DataFrame, policy: str, style: dict[str, Any]) -> None:
    middle = means.median()
    low, high = middle - means.quantile(_BARS[0]), means.quantile(_BARS[1]) - middle
    bars = ax.errorbar(
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
    for artist in bars.get_children():
        artist.set_gid(gid(policy))
