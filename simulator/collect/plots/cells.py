"""What each cell of a grid came to: power and time of an epoch over the batch size, by power limit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.collect.finalize.gather import gather
from simulator.collect.finalize.power import measure_cells
from simulator.collect.plots.power import title_of
from simulator.compare.units import time_unit
from simulator.errors import CollectError
from simulator.plot.style import add_notes, readable_log, styles

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from simulator.collect.finalize.gather import Gathered
    from simulator.collect.finalize.power import Measured

__all__ = ["has_cells", "plot_cells"]

_WIDTH_IN, _HEIGHT_IN = 11.0, 4.2

#: Factor between batch sizes that are labelled on the axis: less, and the labels run into one another.
_ROOM = 1.3

#: Room above the lines.
_HEADROOM = 1.05

#: Times of which the longest is this many times the shortest need a logarithmic axis to be told apart.
_FAR_APART = 6.0

#: Cells that are named in a note.
_LISTED = 6


def plot_cells(out: str | os.PathLike[str], *, axes: Sequence[Axes] | None = None) -> tuple[Axes, Axes]:
    """Draw average power and time per epoch over the batch size, a line for each power limit.

    Parameters
    ----------
    out
        The collection's folder, finished or not.
    axes
        Where to draw power and time; None makes a figure with a legend, and with notes on what is flagged or missing.

    Returns
    -------
    power, time : matplotlib.axes.Axes
        Power [W] with its measurement uncertainty, and time with the standard deviation over single epochs. A cell
        that is flagged has a hollow marker; data slices are averaged. Where only times were recorded, the first panel
        says so.

    Raises
    ------
    CollectError
        If there is no collection, or none of its cells is measured yet.
    """
    gathered, names, measured = _measured(out)
    table = measured.table
    if table.empty:
        raise CollectError(
            f"{out} has no cell to draw: no run for the power trace is made yet"
            + (f"; the first one: {measured.missing[0][2]}" if measured.missing else "")
        )
    alone = axes is None
    power, time = _panels() if axes is None else axes
    unit = time_unit(float(table["time_per_epoch"].median()))
    limits = sorted(set(table["power_limit"].dropna()), reverse=True) or [None]
    for limit, look in zip(limits, styles(map(str, limits)).values(), strict=True):
        rows = _over_slices(table if limit is None else table[table["power_limit"] == limit])
        label = "power limit not known" if limit is None else f"{limit:g} W"
        if names:
            _draw(power, rows, rows["average_power"], rows["average_power"] * rows["uncertainty_share"], look, label)
        _draw(time, rows, rows["time_per_epoch"] / unit.size, rows["time_std_s"] / unit.size, look, label)
    power.set_ylabel("average power [W]")
    time.set_ylabel(f"time per epoch [{unit.symbol}]")
    power.set_title("average power ± its uncertainty", fontsize="medium")
    time.set_title("time per epoch ± standard deviation over epochs", fontsize="medium")
    if not names:
        power.text(0.5, 0.5, "no GPU was read:\ntimes only", ha="center", va="center", transform=power.transAxes)
    for ax in (power, time):
        _finish(ax, table["batch_size"])
        ax.set_ylim(0, _HEADROOM * ax.get_ylim()[1])
    if table["time_per_epoch"].max() > _FAR_APART * table["time_per_epoch"].min():
        time.autoscale(axis="y")
        readable_log(time.yaxis, scale=time.set_yscale)
    if alone:
        _label(power, title_of(names, _job(gathered.plan.job)), [*_flags(table), *_missing(measured.missing)])
    return power, time


def _over_slices(rows: pd.DataFrame) -> pd.DataFrame:
    """Average the data slices of each batch size."""
    by_size = rows.groupby("batch_size")
    numbers = ["average_power", "time_per_epoch", "uncertainty_share", "time_std_s"]
    means = by_size[[name for name in numbers if name in rows]].mean()
    return means.assign(flags=by_size["flags"].agg(lambda flags: ",".join(filter(None, flags)))).reset_index()


def has_cells(out: str | os.PathLike[str]) -> bool:
    """Whether `plot_cells` has something to draw already."""
    return not _measured(out)[2].table.empty


def _measured(out: str | os.PathLike[str]) -> tuple[Gathered, list[str], Measured]:
    """Gather the results, the names of the GPUs, and the cells."""
    gathered = gather(Path(out))
    names = [gpu["name"] for gpu in gathered.manifest.gpus]
    return gathered, names, measure_cells(gathered, timed_only=not names)


def _panels() -> tuple[Axes, Axes]:
    from simulator.plot.notebook import ShownAxes, ShownFigure

    figure = ShownFigure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout="constrained")
    power, time = figure.subplots(1, 2, subplot_kw={"axes_class": ShownAxes})
    return power, time


def _draw(ax: Axes, rows: pd.DataFrame, values: pd.Series, bars: pd.Series, look: dict[str, Any], label: str) -> None:
    """Draw one limit: a line with bars, and hollow markers where a cell is flagged."""
    ax.errorbar(
        rows["batch_size"], values, yerr=bars.fillna(0.0), **look, capsize=3, markersize=5, linewidth=1.2, label=label
    )
    doubtful = rows["flags"] != ""
    ax.plot(
        rows["batch_size"][doubtful],
        values[doubtful],
        linestyle="none",
        marker=look["marker"],
        markersize=5,
        markerfacecolor="white",
        color=look["color"],
        zorder=3,
    )


def _finish(ax: Axes, sizes: pd.Series) -> None:
    """Label the batch sizes themselves, as far as there is room."""
    ax.set_xscale("log", base=2)
    ticks: list[int] = []
    for size in sorted(set(sizes)):
        if not ticks or size >= _ROOM * ticks[-1]:
            ticks.append(int(size))
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("batch size [samples]")
    ax.grid(alpha=0.25)


def _label(power: Axes, title: str, notes: Sequence[str]) -> None:
    """Add what a figure of its own has."""
    figure = power.get_figure(root=True)
    if figure is None:
        return
    figure.suptitle(title, fontsize="medium")
    handles, labels = figure.axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", title="power limit")
    add_notes(figure, notes)


def _job(job: Any) -> str:
    return ", ".join([job.dataset, job.network, job.optimizer])


def _flags(table: pd.DataFrame) -> list[str]:
    """Say which cells are flagged."""
    by_flag: dict[str, list[str]] = {}
    for row in table.to_dict("records"):
        for flag in filter(None, row["flags"].split(",")):
            limit = (
                "" if row["power_limit"] is None or np.isnan(row["power_limit"]) else f" at {row['power_limit']:g} W"
            )
            by_flag.setdefault(flag, []).append(f"{row['batch_size']}{limit}")
    return [f"hollow, {flag}: batch size {_first(cells)}" for flag, cells in sorted(by_flag.items())]


def _missing(missing: Sequence[tuple[int, int | None, str]]) -> list[str]:
    """Say which cells are not there, and why."""
    by_reason: dict[str, list[str]] = {}
    for size, limit, reason in missing:
        by_reason.setdefault(reason, []).append(f"{size}{'' if limit is None else f' at {limit} W'}")
    return [f"not drawn, {reason}: batch size {_first(cells)}" for reason, cells in by_reason.items()]


def _first(cells: Sequence[str]) -> str:
    more = f" and {len(cells) - _LISTED} more" if len(cells) > _LISTED else ""
    return f"{', '.join(cells[:_LISTED])}{more}"
