"""What happens from recurrence to recurrence: energy, time, and the batch size chosen.

The first recurrences, where policies explore, are shown one by one; later ones are pooled, ever more of them, on a
logarithmic axis. Otherwise the exploration is lost in a corner, and the rest is noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.plots.style import finish, new_axes, readable_log, shown_policies, styles
from simulator.compare.results import per_recurrence
from simulator.compare.units import Unit, energy_unit, time_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["has_bands", "plot_batch_size", "plot_energy", "plot_time", "pooled"]

#: Quantiles over the seeds between which a band is drawn.
BAND = (0.25, 0.75)

#: Policies that can have bands: of more, they blur into one.
_MOST_BANDS = 5

#: Pools of recurrences per doubling.
_PER_DOUBLING = 4

#: Factor between batch sizes that are labelled on the axis: less, and the labels run into one another.
_ROOM = 1.3

#: How far lines that run through the same batch size are drawn from one another [points]; the data stay as they are.
_APART_PT = 0.9


def pooled(recurrence: ArrayLike) -> NDArray[np.float64]:
    """Assign each recurrence to the place where it is drawn.

    Parameters
    ----------
    recurrence
        Recurrences, from 0, shape (n,).

    Returns
    -------
    numpy.ndarray
        Where each is drawn, from 1: the geometric middle of the first and last recurrence of its pool, shape (n,).

    Examples
    --------
    >>> pooled([0, 1, 2, 3, 4, 5, 8]).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0]
    >>> np.unique(pooled(range(16, 32))).round(1).tolist()
    [18.0, 21.0, 24.5, 28.9, 32.0]
    """
    number = np.asarray(recurrence, float) + 1
    pool = np.floor(_PER_DOUBLING * np.log2(number) + 1e-9)
    _, at = np.unique(pool, return_inverse=True)
    first, last = np.full(at.max(initial=-1) + 1, np.inf), np.zeros(at.max(initial=-1) + 1)
    np.minimum.at(first, at, number)
    np.maximum.at(last, at, number)
    drawn_at: NDArray[np.float64] = np.sqrt(first * last)[at]
    return drawn_at


def has_bands(policies: Sequence[str]) -> bool:
    """Whether these policies are few enough to see a band around each."""
    return len(policies) <= _MOST_BANDS


def plot_energy(
    result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None, band: bool | None = None
) -> Axes:
    """Draw the energy of each recurrence, all its tries together.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    ax
        Where to draw; None makes a figure with a legend.
    policies
        Policies to draw; their order decides how they look. Default: all, as they appear in the table.
    band
        Whether to show the quartiles over the seeds as a band. Default: if there are few enough policies to see it.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name: the median over the seeds at each recurrence; see `pooled`.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs.
    """
    return _plot_amount(result, "energy_j", "energy per recurrence", energy_unit, ax, policies, band)


def plot_time(
    result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None, band: bool | None = None
) -> Axes:
    """Draw the time of each recurrence, all its tries together; otherwise as `plot_energy`."""
    return _plot_amount(result, "time_s", "time per recurrence", time_unit, ax, policies, band)


def plot_batch_size(result: pd.DataFrame, *, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
    """Draw the batch size that most seeds use at each recurrence, in its last try.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    ax
        Where to draw; None makes a figure with a legend.
    policies
        Policies to draw; their order decides how they look. Default: all, as they appear in the table.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name; the smaller of two sizes that are used as often. Lines that
        coincide are drawn a little apart.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs.
    """
    shown = shown_policies(result, policies)

    def draw(ax: Axes, of_policy: pd.DataFrame, style: dict[str, Any]) -> None:
        from matplotlib.transforms import ScaledTranslation

        mode = of_policy.groupby("drawn_at")["batch_size"].agg(lambda sizes: sizes.mode().iloc[0])
        aside = _APART_PT * (shown.index(style["label"]) - (len(shown) - 1) / 2)
        shift = ScaledTranslation(0, aside / 72, ax.figure.dpi_scale_trans)
        (line,) = ax.plot(mode.index, mode, **style)
        line.set_transform(ax.transData + shift)

    ax = _plot(result, draw, ax, shown)
    ax.set_ylabel("batch size chosen [samples]")
    ax.set_yscale("log", base=2)
    _label_sizes(ax, {int(size) for line in ax.lines for size in np.asarray(line.get_ydata())})
    return ax


def _label_sizes(ax: Axes, sizes: Iterable[int]) -> None:
    """Label the batch sizes themselves, as far as there is room."""
    ticks: list[int] = []
    for size in sorted(sizes):
        if not ticks or size >= _ROOM * ticks[-1]:
            ticks.append(size)
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()


def _plot_amount(
    result: pd.DataFrame,
    column: str,
    what: str,
    unit_for: Callable[[float], Unit],
    ax: Axes | None,
    policies: Sequence[str] | None,
    band: bool | None,
) -> Axes:
    shown = shown_policies(result, policies)
    band = has_bands(shown) if band is None else band
    unit = unit_for(per_recurrence(result)[column].median())

    def draw(ax: Axes, of_policy: pd.DataFrame, style: dict[str, Any]) -> None:
        amounts = (of_policy[column] / unit.size).groupby(of_policy["drawn_at"])
        median = amounts.median()
        ax.plot(median.index, median, **style)
        if band:
            low, high = (amounts.quantile(share) for share in BAND)
            ax.fill_between(median.index, low, high, color=style["color"], alpha=0.12, linewidth=0)

    ax = _plot(result, draw, ax, shown)
    ax.set_ylabel(f"{what} [{unit.symbol}]")
    readable_log(ax.yaxis, scale=ax.set_yscale)
    return ax


def _plot(
    result: pd.DataFrame, draw: Callable[[Axes, pd.DataFrame, dict[str, Any]], None], ax: Axes | None, shown: list[str]
) -> Axes:
    """Draw each policy, and what all plots over recurrences share."""
    alone = ax is None
    ax = new_axes() if ax is None else ax
    table = per_recurrence(result)
    table = table.assign(drawn_at=pooled(table["recurrence"]))
    for policy, style in styles(shown).items():
        of_policy = table.loc[table["policy"] == policy]
        if len(of_policy):
            draw(ax, of_policy, {**style, "markersize": 4, "linewidth": 1.2, "label": policy})
    ax.set_xlabel("recurrence (later ones pooled)")
    readable_log(ax.xaxis, scale=ax.set_xscale)
    finish(ax, result, alone=alone)
    return ax
