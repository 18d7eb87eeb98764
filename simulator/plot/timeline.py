"""Submissions that overlap, on a time line."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.manifests import headline, one_job
from simulator.compare.results import per_recurrence
from simulator.compare.units import time_unit
from simulator.errors import ReplayError, nearest
from simulator.plot.shown import event, in_panel
from simulator.plot.style import add_legend, gid, new_axes, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["lanes", "timeline"]

#: Height of a lane, of what is above and below all of them, and of the highest figure.
_LANE_IN, _FRAME_IN, _HIGHEST_IN = 0.3, 1.9, 9.0

#: A single lane is no higher than one of these.
_LEAST_LANES = 2

#: Share of the axes' width that a digit on a bar needs, and the lowest lane that digits fit into [inch].
_DIGIT, _LEAST_LANE_IN = 0.014, 0.16

#: Share of the axes' width from which on a bar has an edge; a narrower one would be all edge.
_EDGED = 0.004

#: Shades from the smallest batch size to the largest.
_SHADES = "cividis"


def timeline(
    result: pd.DataFrame,
    *,
    seed: int | str | None = None,
    policy: str | None = None,
    group: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the runs of one replay as bars from start to end, those in flight at once below one another.

    Parameters
    ----------
    result
        Result table of one job on one GPU.
    seed, policy, group
        Which replay; None means the first one that the table has.
    ax
        Where to draw; None makes a figure as high as it needs to be, with a legend.

    Returns
    -------
    matplotlib.axes.Axes
        A bar a run, in the first lane that is free; batch sizes differ by shade and, where there is room, by the number
        on the bar; runs that missed the target are hatched.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, or has no such replay.
    """
    one_job(result)
    per_recurrence(result)  # refuses what is no result table
    runs = result
    who = {"policy": policy, "group": group, "seed": seed}
    for name, wanted in who.items():
        runs = _choose(runs, name, wanted)
        if name in runs.columns:
            who[name] = runs[name].iloc[0]
    runs = runs.sort_values(["started_s", "recurrence", "attempt"])
    lane = lanes(runs["started_s"].to_numpy(float), runs["ended_s"].to_numpy(float))
    count = int(lane.max()) + 1
    alone = ax is None
    ax = new_axes(height_in=min(_FRAME_IN + _LANE_IN * max(count, _LEAST_LANES), _HIGHEST_IN)) if ax is None else ax
    unit = time_unit(float(runs["ended_s"].max() - runs["started_s"].min()) / 2)
    _draw_runs(ax, runs, lane, unit.size, str(who["policy"]))
    ax.set_ylim(max(count, _LEAST_LANES) - 0.4, -0.6)
    ax.set_yticks(_ticks(count), [str(tick + 1) for tick in _ticks(count)])
    ax.set_xlabel(f"time [{unit.symbol}]")
    ax.set_ylabel("runs in flight")
    of_group = f", group {who['group']}" if "group" in runs.columns else ""
    counts = _counted(len(runs), "run"), _counted(runs["recurrence"].nunique(), event(result))
    title = f"{who['policy']}{of_group}, seed {who['seed']}: {' of '.join(counts)}"
    ax.set_title(in_panel(ax, result, title), fontsize="medium")
    ax.grid(alpha=0.25, axis="x")
    ax.set_axisbelow(True)
    if alone and (figure := ax.get_figure(root=True)):
        ax.set_title(title_of(headline(result), title), fontsize="medium")
        add_legend(figure, *_key(runs))
    return ax


def lanes(started_s: np.ndarray, ended_s: np.ndarray) -> np.ndarray:
    """Give each run the first lane that is free when it starts.

    Parameters
    ----------
    started_s, ended_s
        Starts and ends [s], in order of the starts, each of shape (n_runs,).

    Returns
    -------
    numpy.ndarray
        Lanes, from 0, shape (n_runs,). There are as many as runs are in flight at once at most.

    Examples
    --------
    >>> lanes(np.array([0.0, 1.0, 2.0, 5.0]), np.array([5.0, 2.0, 6.0, 7.0])).tolist()
    [0, 1, 1, 0]
    """
    taken: list[tuple[float, int]] = []  # (end, lane) of runs in flight
    free: list[int] = []
    found = []
    for start, end in zip(started_s.tolist(), ended_s.tolist(), strict=True):
        while taken and taken[0][0] <= start:
            heapq.heappush(free, heapq.heappop(taken)[1])
        lane = heapq.heappop(free) if free else len(taken)
        heapq.heappush(taken, (end, lane))
        found.append(lane)
    return np.array(found, int)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _choose(runs: pd.DataFrame, name: str, wanted: Any) -> pd.DataFrame:
    """Keep the runs that have a value; the first one's if None is wanted."""
    if name not in runs.columns:
        if wanted is not None:
            raise ReplayError(f"{name} is {wanted!r}, but this table has no {name}s")
        return runs
    known = list(dict.fromkeys(runs[name].astype(str)))
    value = known[0] if wanted is None else str(wanted)
    if value not in known:
        listed = f"{', '.join(known[:20])}{' and more' if len(known) > 20 else ''}"  # a line or two
        raise ReplayError(f"there is no run with {name} {wanted!r}; there are {listed}{nearest(value, known)}")
    return runs.loc[runs[name].astype(str) == value]


def _draw_runs(ax: Axes, runs: pd.DataFrame, lane: np.ndarray, unit: float, policy: str) -> None:
    """Draw the bars, and numbers on those that have room."""
    shades = _shades(runs["batch_size"])
    start, end = runs["started_s"].to_numpy(float) / unit, runs["ended_s"].to_numpy(float) / unit
    sizes, reached = runs["batch_size"].tolist(), runs["reached"].tolist()
    bars = ax.barh(lane, end - start, left=start, height=0.8, color=[shades[size] for size in sizes])
    span = max(end.max() - start.min(), 1e-12)
    for bar, got_there in zip(bars, reached, strict=True):
        wide = bar.get_width() > _EDGED * span
        bar.set(gid=gid(policy), edgecolor="white" if wide else bar.get_facecolor(), linewidth=0.5)
        if not got_there:
            bar.set(hatch="////", hatchcolor="white")
    ax.set_xlim(start.min() - 0.01 * span, end.max() + 0.01 * span)
    figure = ax.get_figure(root=True)
    height_in = figure.get_figheight() * ax.get_position().height if figure else 0.0
    if height_in / (lane.max() + 1) < _LEAST_LANE_IN:
        return
    for row, middle, length, size in zip(lane, (start + end) / 2, end - start, sizes, strict=True):
        if length > _DIGIT * (len(str(size)) + 0.5) * span:
            ink = "white" if _luminance(shades[size]) < 0.5 else "black"  # half way
            ax.text(middle, row, str(size), ha="center", va="center", fontsize="x-small", color=ink, gid=gid(policy))


def _shades(sizes: pd.Series) -> dict[int, tuple[float, float, float, float]]:
    """Give each batch size a shade, evenly from the smallest to the largest."""
    from matplotlib import colormaps

    known = sorted({int(size) for size in sizes})
    return {size: colormaps[_SHADES](at) for size, at in zip(known, np.linspace(0.08, 0.92, len(known)), strict=True)}


def _luminance(colour: Sequence[float]) -> float:
    """Say how light a colour is to the eye, 0 to 1 (ITU-R BT.709, gamma left out)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def _key(runs: pd.DataFrame) -> tuple[list[Any], list[str]]:
    """Explain shades and hatches."""
    from matplotlib.patches import Patch

    shades = _shades(runs["batch_size"])
    handles = [Patch(facecolor=shade) for shade in shades.values()]
    labels = [f"batch size {size}" for size in shades]
    if not runs["reached"].all():
        handles.append(Patch(facecolor="#909090", edgecolor="white", hatch="////"))
        labels.append("missed the target")
    return handles, labels


def _ticks(count: int) -> list[int]:
    """Choose lanes to number: all, or every fifth, tenth and so on, at most some ten."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000, 10**9) if count <= 12 * step)
    return sorted({0, *range(step - 1, count, step)})
