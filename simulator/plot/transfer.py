"""What a choice made on one GPU costs on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.compare.manifests import manifests
from simulator.errors import ReplayError
from simulator.plot.needed import need_columns, need_one_of
from simulator.plot.shown import in_panel, provenance
from simulator.plot.style import add_notes, new_axes, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["transfer"]

_MEASURES = {"cost_pct": "cost", "energy_pct": "energy", "time_pct": "time"}

#: Size of a cell, and of what is around all of them.
_CELL_IN, _FRAME_IN, _WIDE_IN = 0.75, 2.0, 3.2

#: Shades above this share of the scale need white numbers.
_DARK = 0.6

#: Colours of differences: that is more to the right of white, and less, of energy or time alone, to the left.
_SHADES = "PuOr_r"


def transfer(table: pd.DataFrame, *, job: str | None = None, measure: str = "cost_pct", ax: Axes | None = None) -> Axes:
    """Draw how far each GPU's best configuration is from the best on every other GPU, as a heat map with numbers.

    Parameters
    ----------
    table
        What `simulator.compare.transfer` returned.
    job
        Job (its text) to draw; None means the only one, or the mean over the jobs that are known on both GPUs.
    measure
        cost_pct, energy_pct or time_pct.
    ax
        Where to draw; None makes a figure, with notes on cells that are empty.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each GPU where a configuration is the best, a column for each where it runs; in each cell the
        difference from the best there [%], a dash where none is known, and of how many jobs a mean is.

    Raises
    ------
    ReplayError
        If it is no such table, or holds no such job.
    """
    need_one_of("measure", measure, list(_MEASURES))
    columns = ["job", "gpu_from", "gpu_to", "batch_size", "power_limit_w", measure]
    need_columns(table, columns, what="table of transfers", made_by="simulator.compare.transfer")
    jobs = list(dict.fromkeys(table["job"]))
    if job is not None:
        need_one_of("job", job, jobs)
        jobs = [job]
    rows = table.loc[table["job"].isin(jobs)]
    gpus = list(dict.fromkeys([*rows["gpu_from"], *rows["gpu_to"]]))
    mean = rows.groupby(["gpu_from", "gpu_to"])[measure].mean().unstack().reindex(index=gpus, columns=gpus)
    if mean.isna().all(axis=None):
        raise ReplayError(f"no {measure} is known of {', '.join(jobs)}: {'; '.join(_reasons(rows))}")
    alone = ax is None
    if ax is None:
        width_in = _WIDE_IN + 1.6 * _CELL_IN * len(gpus)
        ax = new_axes(height_in=_FRAME_IN + _CELL_IN * len(gpus), width_in=width_in)
    known = rows.groupby(["gpu_from", "gpu_to"])[measure].count().unstack().reindex(index=gpus, columns=gpus)
    _draw_cells(ax, mean.to_numpy(float), [[_of(n, len(jobs)) for n in row] for row in known.fillna(0).to_numpy(int)])
    ax.set_xticks(range(len(gpus)), gpus)
    ax.set_yticks(range(len(gpus)), [_row_name(rows, gpu, one=len(jobs) == 1) for gpu in gpus])
    ax.set_xlabel("GPU where it runs")
    ax.set_ylabel("GPU where it is the best")
    name = _MEASURES[measure]
    title = f"{name} above the best on that GPU [%]" + ("" if len(jobs) == 1 else f", mean over {len(jobs)} jobs")
    ax.set_title(in_panel(ax, table, title), fontsize="medium")
    if alone:
        about = [jobs[0]] if len(jobs) == 1 else []
        ax.set_title(title_of(*about, *provenance(manifests(table)), title), fontsize="medium")
        reasons = _reasons(rows)
        add_notes(ax.get_figure(root=True), [f"Not known: {'; '.join(reasons)}."] if reasons else [])
    return ax


def _row_name(rows: pd.DataFrame, gpu: str, *, one: bool) -> str:
    """Name a GPU, and if there is one job its best configuration there."""
    best = rows.loc[rows["gpu_from"] == gpu, ["batch_size", "power_limit_w"]]
    if not one or best.empty or best.iloc[0].isna().any():
        return gpu
    return f"{gpu}\n{best['batch_size'].iloc[0]}, {best['power_limit_w'].iloc[0]} W"


def _of(known: int, jobs: int) -> str:
    """Say of how many jobs a mean is, where some are not known."""
    return f"\n({known} of {jobs} jobs)" if 0 < known < jobs else ""


def _draw_cells(ax: Axes, amounts: NDArray[np.float64], words: Sequence[Sequence[str]]) -> None:
    """Draw the shades, and write the numbers and what to know about them."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    top = float(np.nanmax(np.abs(amounts))) or 1.0
    shades = colormaps[_SHADES].with_extremes(bad="#E4E4E4")
    scale = Normalize(-top / _DARK, top / _DARK)  # the darkest shades would swallow the numbers
    ax.imshow(np.ma.masked_invalid(amounts), cmap=shades, norm=scale, aspect="auto")
    for (down, across), amount in np.ndenumerate(amounts):
        text = "–" if np.isnan(amount) else f"{amount:.1f}".replace("-", "−")
        ax.text(across, down, text + words[down][across], ha="center", va="center")
    ax.set_xticks(np.arange(1, amounts.shape[1]) - 0.5, minor=True)
    ax.set_yticks(np.arange(1, amounts.shape[0]) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=2)
    ax.tick_params(which="both", length=0)


def _reasons(rows: pd.DataFrame) -> list[str]:
    """Say, once each, why there are numbers missing."""
    if "reason" not in rows.columns:
        return []
    return list(dict.fromkeys(reason for reason in rows["reason"].dropna() if reason))
