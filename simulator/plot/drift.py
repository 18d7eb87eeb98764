"""How policies follow a job whose data drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from simulator.compare.manifests import manifests_of, one_job
from simulator.compare.regret import regret
from simulator.compare.results import per_recurrence
from simulator.compare.units import Unit, energy_unit
from simulator.cost import energy_time_cost
from simulator.errors import ReplayError
from simulator.plot.bands import draw_bands
from simulator.plot.needed import chosen_policies, configurations_of, need_one_of
from simulator.plot.shown import MOST_LINES, absent, by_importance, left_out, lost_seeds, spread
from simulator.plot.style import finish, label_values, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["drift"]

#: Height of a figure with two panels, and how it is shared.
_HEIGHT_IN, _SHARES = 6.4, (3, 2)


def drift(
    result: pd.DataFrame,
    *,
    configurations: pd.DataFrame | None = None,
    measure: Literal["cost", "batch_size"] = "cost",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw what each slice of the data cost, one recurrence a slice, and the batch size chosen there.

    Parameters
    ----------
    result
        Result table of one job on one GPU, whose traces drift.
    configurations
        What each configuration costs in each slice, as `simulator.compare.every_configuration` says. With it, costs are
        relative to the configuration that is the best in its slice, whose batch size is drawn as well.
    measure
        What to draw into axes that are given: cost or batch_size.
    ax
        Where to draw; None makes a figure with a legend and notes, and with a panel for both: the cost, whose Axes are
        returned, and below it (``ax.figure.axes[1]``) the batch size chosen.
    policies
        Policies to draw; their order decides how they look. Default: the first six of
        `simulator.plot.by_importance`.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name: the median over the seeds, in a band from quartile to quartile.
        No slices are pooled.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, the job does not drift, or the configurations do not say what they
        cost in each slice.
    """
    need_one_of("measure", measure, ["cost", "batch_size"])
    job, gpu = one_job(result)
    slices = _slices(result, job, gpu)
    table = per_recurrence(result)
    table = table.assign(slice=slices[table["recurrence"].to_numpy()])
    drawn = chosen_policies(policies, lambda: by_importance(result)[:MOST_LINES])
    if ax is not None:
        draw = _draw_sizes if measure == "batch_size" else _draw_costs
        finish(ax, result, f"{draw(ax, table, result, drawn, configurations)}: {spread(result)}", notes=None)
        return ax
    ax, below = _panels()
    what = _draw_costs(ax, table, result, drawn, configurations)
    _draw_sizes(below, table, result, drawn, configurations)
    ax.set_xlabel("")
    notes = [*left_out(drawn, result["policy"]), *lost_seeds(result), *absent(drawn, result)]
    finish(ax, result, f"{what}: {spread(result)}", notes=notes, also=[below])
    return ax


def _slices(result: pd.DataFrame, job: str, gpu: str) -> NDArray[np.int64]:
    """Find which slice each recurrence trains on; as many as there are recurrences if the table does not say."""
    made = manifests_of(result, job, gpu)
    counted = np.arange(int(result["recurrence"].max()) + 1)
    if not made or "slices" not in made[0]["traces"]:
        return counted
    slices = made[0]["traces"]["slices"]
    if slices is None:
        raise ReplayError(
            f"{job} does not drift: its traces have no column slice; simulator.plot.energy and "
            "simulator.plot.batch_size draw what happened from recurrence to recurrence"
        )
    return np.asarray(slices, np.int64)


def _draw_costs(
    ax: Axes, table: pd.DataFrame, result: pd.DataFrame, drawn: Sequence[str], configurations: pd.DataFrame | None
) -> str:
    """Draw what each slice cost, and say what that is."""
    if configurations is None:
        what, unit = "cost per slice", energy_unit(float(table["cost"].median()))
        costs = (table["cost"] / unit.size).to_numpy(float)
    else:
        what, unit = "cost above the best of each slice", Unit("%", 1.0)
        costs = _above_best(table, result, configurations)
        ax.axhline(0, color="#606060", linewidth=0.8, zorder=0.5)
    draw_bands(ax, table.assign(drawn=costs), "drawn", policies=drawn, at="slice")
    ax.set_ylabel(f"{what} [{unit.symbol}]" if configurations is None else "cost above the best [%]")
    _finish_slices(ax)
    return what


def _above_best(table: pd.DataFrame, result: pd.DataFrame, configurations: pd.DataFrame) -> NDArray[np.float64]:
    """Say how far each recurrence was above what is best in its slice [%]."""
    if "slice" not in configurations.columns:
        raise ReplayError(
            "the configurations do not say what they cost in each slice: they lack slice; "
            "simulator.compare.every_configuration makes them of traces that drift"
        )
    known = regret(result, configurations).set_index(["policy", "seed", "recurrence"])
    of_rows = known.loc[pd.MultiIndex.from_frame(table[["policy", "seed", "recurrence"]])]
    above: NDArray[np.float64] = 100 * (of_rows["cost"] / of_rows["best_cost"] - 1).to_numpy(float)
    return above


def _draw_sizes(
    ax: Axes, table: pd.DataFrame, result: pd.DataFrame, drawn: Sequence[str], configurations: pd.DataFrame | None
) -> str:
    """Draw the batch size chosen in each slice, and behind it the best one; say what that is."""
    draw_bands(ax, table, "batch_size", policies=drawn, at="slice", interpolation="lower")
    sizes = set(table["batch_size"])
    if configurations is not None and "slice" in configurations.columns:
        best = _best_of_slices(configurations, result)
        best = best.loc[best["slice"].isin(table["slice"])]
        look: dict[str, Any] = {"color": "#C0C0C0", "linewidth": 7, "solid_capstyle": "butt", "zorder": 0.8}
        ax.plot(best["slice"].to_numpy(float), best["batch_size"], drawstyle="steps-mid", label="best of slice", **look)
        sizes |= set(best["batch_size"])
    label_values(ax.yaxis, sizes, scale=ax.set_yscale)
    ax.set_ylabel("batch size [samples]")
    _finish_slices(ax)
    ax.grid(alpha=0.25)
    return "batch size chosen in each slice"


def _best_of_slices(configurations: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Find what costs least in each slice, at the η that was replayed; nothing if the table does not say at which."""
    job, gpu = one_job(result)
    known = configurations_of(configurations, job, gpu)
    made = manifests_of(result, job, gpu)
    eta = made[0].get("knobs", {}).get("eta") if made else None
    if eta is None:
        return known.iloc[:0]
    amounts = (known[name].to_numpy(float) for name in ("energy_j", "time_s"))
    costs = energy_time_cost(*amounts, eta=float(eta), max_power_w=made[0]["traces"]["max_power_w"])
    return known.loc[pd.Series(costs, known.index).groupby(known["slice"]).idxmin()]


def _finish_slices(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("slice of the data")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _panels() -> tuple[Axes, Axes]:
    """Make a figure for costs and, below, batch sizes."""
    from simulator.plot.notebook import ShownAxes

    figure = new_figure(height_in=_HEIGHT_IN)
    grid = figure.add_gridspec(2, 1, height_ratios=_SHARES)
    above = figure.add_subplot(grid[0], axes_class=ShownAxes)
    return above, figure.add_subplot(grid[1], sharex=above, axes_class=ShownAxes)
