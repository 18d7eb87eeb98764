"""What happens from recurrence to recurrence: energy, time, and the batch size and power limit chosen.

The first recurrences, where policies explore, are shown one by one; later ones are pooled, ever more of them, on a
logarithmic axis. Otherwise the exploration is lost in a corner, and the rest is noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.compare.results import per_recurrence
from simulator.compare.units import Unit, energy_unit, time_unit
from simulator.plot.pools import first_pooled, pooled
from simulator.plot.shown import MOST_LINES, by_importance, event, left_out, lost_seeds, spread
from simulator.plot.style import finish, new_axes, readable_log, styles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["batch_size", "energy", "power_limit", "time"]

#: Quantiles between which a band is drawn.
_BAND = (0.25, 0.75)

#: Opacity of a band, and of all of them together: many bands must not bury the lines.
_BAND_ALPHA, _ALL_BANDS_ALPHA = 0.15, 0.5

#: Factor between batch sizes that are labelled on the axis: less, and the labels run into one another.
_ROOM = 1.3

#: Widths of the topmost line, and what each one below it has more, so that lines that coincide are all seen [points].
_WIDTH_PT, _WIDER_PT = 1.2, 0.8


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
        If the table is about several jobs or GPUs.
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
    ax.set_yscale("log", base=2)
    _label_sizes(ax, result["batch_size"].unique())
    return ax


def power_limit(result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
    """Draw the power limit of each recurrence's last try; otherwise as `energy`.

    Quantiles are power limits that were chosen, the smaller of two; nothing is interpolated.
    """
    ax = _plot(result, "power_limit_w", "power limit chosen", 1, "lower", ax, policies)
    ax.set_ylabel("power limit chosen [W]")
    return ax


def _label_sizes(ax: Axes, sizes: Iterable[int]) -> None:
    """Label the batch sizes themselves, as far as they are in view and there is room."""
    low, high = ax.get_ylim()
    ticks: list[int] = []
    for size in sorted(size for size in sizes if low <= size <= high):
        if not ticks or size >= _ROOM * ticks[-1]:
            ticks.append(size)
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()


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
    interpolation: str,
    ax: Axes | None,
    policies: Sequence[str] | None,
) -> Axes:
    """Draw a line and a band for each policy, and what all plots over recurrences share."""
    alone = ax is None
    ax = new_axes() if ax is None else ax
    drawn = by_importance(result)[:MOST_LINES] if policies is None else list(policies)
    table = per_recurrence(result)
    table = table.assign(drawn_at=pooled(table["recurrence"]))
    faint = min(_BAND_ALPHA, _ALL_BANDS_ALPHA / len(drawn))
    for i, (policy, style) in enumerate(styles(drawn).items()):
        of_policy = table.loc[table["policy"] == policy]
        if len(of_policy):
            amounts = (of_policy[column] / unit).groupby(of_policy["drawn_at"])
            low, middle, high = (amounts.quantile(share, interpolation) for share in (_BAND[0], 0.5, _BAND[1]))
            width = _WIDTH_PT + _WIDER_PT * (len(drawn) - 1 - i) / max(len(drawn) - 1, 1)
            ax.plot(middle.index, middle, **style, markersize=4, linewidth=width, label=policy)
            ax.fill_between(middle.index, low, high, color=style["color"], alpha=faint, linewidth=0)
    ax.set_xlabel(_counted(result))
    readable_log(ax.xaxis, scale=ax.set_xscale, whole=True)
    notes = [*left_out(drawn, result["policy"]), *lost_seeds(result)] if alone else None
    finish(ax, result, f"{what}: {spread(result)}", notes=notes)
    return ax


def _counted(result: pd.DataFrame) -> str:
    """Name the axis of recurrences, and say from where on they are pooled."""
    name = "submission, counted within its group" if event(result) == "submission" else "recurrence"
    pools_from = first_pooled(int(result["recurrence"].max()) + 1)
    return f"{name} (from {pools_from} on, a point pools several)" if pools_from else name
