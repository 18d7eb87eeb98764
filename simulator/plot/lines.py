"""What happens from recurrence to recurrence: energy, time, and the batch size and power limit chosen.

The first recurrences, where policies explore, are shown one by one; later ones are pooled, ever more of them, on a
logarithmic axis. Otherwise the exploration is lost in a corner, and the rest is noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simulator.compare.manifests import one_job
from simulator.compare.results import per_recurrence
from simulator.compare.units import Unit, energy_unit, time_unit
from simulator.plot.bands import draw_bands
from simulator.plot.needed import chosen_policies
from simulator.plot.pools import pooled
from simulator.plot.shown import MOST_LINES, absent, by_importance, counted, event, left_out, lost_seeds, spread
from simulator.plot.style import finish, label_values, new_axes, readable_log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["batch_size", "energy", "power_limit", "time"]


def energy(result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
    """Draw the energy of each recurrence, all its tries together.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: the first six of
        `simulator.plot.by_importance`.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name: the median over the seeds at each recurrence, in a band from
        quartile to quartile. Submissions of groups count from the start of their group, and groups as seeds do.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, or no replay of these policies went through to its end.
    """
    return _plot_amount(result, "energy_j", energy_unit, ax, policies)


def time(result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
    """Draw the time of each recurrence, all its tries together; otherwise as `energy`."""
    return _plot_amount(result, "time_s", time_unit, ax, policies)


def batch_size(result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
    """Draw the batch size of each recurrence's last try; otherwise as `energy`.

    Quantiles are batch sizes that were chosen, the smaller of two; nothing is interpolated.
    """
    ax = _plot(result, "batch_size", "batch size chosen", 1, "lower", ax, policies)
    ax.set_ylabel("batch size chosen [samples]")
    label_values(ax.yaxis, result["batch_size"], scale=ax.set_yscale)
    return ax


def power_limit(result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
    """Draw the power limit of each recurrence's last try; otherwise as `energy`.

    Quantiles are power limits that were chosen, the smaller of two; nothing is interpolated.
    """
    ax = _plot(result, "power_limit_w", "power limit chosen", 1, "lower", ax, policies)
    ax.set_ylabel("power limit chosen [W]")
    return ax


def _plot_amount(
    result: pd.DataFrame,
    column: str,
    unit_for: Callable[[float], Unit],
    ax: Axes | None,
    policies: Sequence[str] | None,
) -> Axes:
    """Draw an amount, in a unit that suits it."""
    unit = unit_for(per_recurrence(result)[column].median())
    what = f"{column.rpartition('_')[0]} per {event(result)}"
    ax = _plot(result, column, what, unit.size, "linear", ax, policies)
    ax.set_ylabel(f"{what} [{unit.symbol}]")
    readable_log(ax.yaxis, scale=ax.set_yscale)
    return ax


def _plot(
    result: pd.DataFrame,
    column: str,
    what: str,
    unit: float,
    interpolation: Literal["linear", "lower"],
    ax: Axes | None,
    policies: Sequence[str] | None,
) -> Axes:
    """Draw a line and a band for each policy, and what all plots over recurrences share."""
    one_job(result)
    alone = ax is None
    ax = new_axes() if ax is None else ax
    drawn = chosen_policies(policies, lambda: by_importance(result)[:MOST_LINES])
    table = per_recurrence(result)
    table = table.assign(drawn_at=pooled(table["recurrence"]), drawn=table[column] / unit)
    draw_bands(ax, table, "drawn", policies=drawn, at="drawn_at", interpolation=interpolation)
    ax.set_xlabel(counted(result))
    readable_log(ax.xaxis, scale=ax.set_xscale, whole=True)
    notes = [*left_out(drawn, result["policy"]), *lost_seeds(result), *absent(drawn, result)] if alone else None
    finish(ax, result, f"{what}: {spread(result)}", notes=notes)
    return ax
