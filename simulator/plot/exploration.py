"""What it costs to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.exploration import KINDS
from simulator.compare.exploration import exploration as exploration_of
from simulator.compare.manifests import headline, one_job
from simulator.compare.units import energy_unit, time_unit
from simulator.errors import ReplayError
from simulator.plot.needed import chosen_policies, need_columns, need_one_of
from simulator.plot.shown import absent, by_importance, in_panel, lost_seeds
from simulator.plot.style import add_legend, add_notes, gid, new_axes, title_of, widen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["exploration"]

#: What measures are called, and the unit at the end of their columns.
_MEASURES = {"cost": ("cost", ""), "energy_j": ("energy", "_j"), "time_s": ("time", "_s")}

#: How each kind is called and looks: patterns tell them apart where colours do not.
_LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "profiling": ("profiling power limits", {"facecolor": "#56B4E9", "hatch": ""}),
    "failed": ("runs that missed the target", {"facecolor": "#D55E00", "hatch": "////"}),
    "searching": ("other configurations", {"facecolor": "#F0E442", "hatch": ".."}),
}

#: Height of a row, and of what is above and below all of them.
_ROW_IN, _FRAME_IN = 0.3, 1.6

#: Width of the words beside the axes.
_WORDS_IN = 2.4


def exploration(
    result: pd.DataFrame,
    *,
    measure: str = "cost",
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw what each policy paid beyond its settled choice, and what for, as stacked bars.

    Parameters
    ----------
    result
        Result table of one job on one GPU; or what `simulator.compare.exploration` made of it.
    measure
        cost, energy_j or time_s.
    groups
        The submissions that were replayed, if the result has groups; see `simulator.compare.exploration`.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw, in this order. Default: all that went through.

    Returns
    -------
    matplotlib.axes.Axes
        A bar for each policy: profiling, runs that missed the target or were stopped, and other configurations than the
        one it settled on; a part below zero lies left of it. A line with a mark is the sum with its quartiles; beside
        it stand its share of all that the policy paid [%] and the batch size that it settled on.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, is no result table, or has nothing of these policies.
    """
    need_one_of("measure", measure, list(_MEASURES))
    name, ending = _MEASURES[measure]
    table = result if "settled_batch_size" in result.columns else exploration_of(result, groups=groups)
    columns = [f"{kind}_{measure}" for kind in (*KINDS, "exploration")]
    who = ["job", "gpu", "policy", "settled_batch_size", measure, *columns]
    need_columns(table, who, what="table of exploration", made_by="simulator.compare.exploration")
    job, gpu = one_job(result)
    table = table.loc[(table["job"] == job) & (table["gpu"] == gpu)]  # of others, failures may still be listed
    usual = by_importance(result) if "attempt" in result.columns else list(table["policy"])
    drawn = chosen_policies(policies, usual)
    rows = table.loc[table[measure].notna()].set_index("policy")
    shown = [policy for policy in drawn if policy in rows.index]
    if not shown:
        raise ReplayError(f"there is nothing to draw: no replay of {', '.join(drawn)} went through to its end")
    rows = rows.loc[shown]
    alone = ax is None
    ax = new_axes(height_in=_FRAME_IN + _ROW_IN * max(len(rows), 4)) if ax is None else ax
    unit = (time_unit if measure == "time_s" else energy_unit)(float(rows[f"exploration_{measure}"].abs().max()))
    _draw_bars(ax, rows, measure, unit.size)
    _draw_sums(ax, rows, measure, ending, unit.size)
    ax.axvline(0, color="black", linewidth=0.8)
    if not rows[columns].to_numpy(float).any():
        ax.set_xlim(-0.1, 1)
    ax.set_xlabel(f"{name} beyond the settled choice [{unit.symbol}]")
    title = f"{name} of finding out: mean of a replay over seeds; ◆ sum with its quartiles"
    ax.set_title(in_panel(ax, result, title), fontsize="medium")
    ax.grid(alpha=0.25, axis="x")
    ax.set_axisbelow(True)
    if alone and (figure := ax.get_figure(root=True)):
        ax.set_title(title_of(headline(result), title), fontsize="medium")
        figure.set_figwidth(figure.get_figwidth() + _WORDS_IN)
        widen(figure, shown)
        add_legend(figure, *ax.get_legend_handles_labels())
        lost = lost_seeds(result) if "seed" in result.columns else []
        add_notes(figure, [*lost, *(absent(drawn, result) if "seed" in result.columns else [])])
    return ax


def _draw_bars(ax: Axes, rows: pd.DataFrame, measure: str, unit: float) -> None:
    """Stack the kinds: what is above zero to the right, what is below to the left."""
    ends = {1: np.zeros(len(rows)), -1: np.zeros(len(rows))}
    for kind in KINDS:
        label, look = _LOOKS[kind]
        amount = rows[f"{kind}_{measure}"].to_numpy(float) / unit
        left = np.where(amount >= 0, ends[1], ends[-1])
        bars = ax.barh(range(len(rows)), amount, left=left, height=0.7, edgecolor="#303030", linewidth=0.4, **look)
        bars.set_label(label)
        for bar, policy in zip(bars, rows.index, strict=True):
            bar.set_gid(gid(policy))
        ends[1] += np.maximum(amount, 0.0)
        ends[-1] += np.minimum(amount, 0.0)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), list(rows.index))
    for label_of, policy in zip(ax.get_yticklabels(), rows.index, strict=True):
        label_of.set_gid(gid(policy))


def _draw_sums(ax: Axes, rows: pd.DataFrame, measure: str, ending: str, unit: float) -> None:
    """Mark the sum of each bar with its quartiles over seeds, and say what share of everything it is."""
    stem = f"exploration_{measure.removesuffix(ending)}"
    for at, (policy, row) in enumerate(rows.iterrows()):
        known = gid(str(policy))
        total = row[f"exploration_{measure}"] / unit
        if f"{stem}_q25{ending}" in rows.columns:
            quartiles = [row[f"{stem}_{q}{ending}"] / unit for q in ("q25", "q75")]
            ax.plot(quartiles, [at, at], color="black", linewidth=1.2, gid=known)
        ax.plot([total], [at], "D", color="black", markerfacecolor="white", markersize=4.5, gid=known)
        share = round(100 * row[f"exploration_{measure}"] / row[measure], 1) + 0.0  # not −0.0
        words = f"{share:.1f} % of all; settles on batch size {row['settled_batch_size']}".replace("-", "−")
        where = ax.get_yaxis_transform()
        ax.text(1.015, at, words, transform=where, va="center", fontsize="small", gid=known)
