"""What may be said of each policy: estimates and intervals, one under the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.compare.comparison import Comparison
from simulator.compare.differences import ALL
from simulator.compare.manifests import manifests, manifests_of
from simulator.compare.verdict import CANNOT_TELL, VERDICTS
from simulator.compare.words import cell, place_names
from simulator.errors import ReplayError
from simulator.plot.needed import chosen_policies, need_columns, need_one_of
from simulator.plot.shown import provenance
from simulator.plot.style import add_legend, add_notes, gid, new_axes, title_of, widen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["verdicts"]

_COLUMNS = ("job", "gpu", "policy", "baseline", "measure", "difference_pct", "low_pct", "high_pct", "verdict")
_MEASURES = {"cost": "cost", "energy_j": "energy", "time_s": "time"}

#: How each verdict looks: down is less, up is more, and what cannot be told is hollow.
_LOOKS: dict[str, dict[str, Any]] = {
    "better": {"color": "#00664A", "marker": "v"},
    "worse": {"color": "#B04A00", "marker": "^"},
    "equivalent": {"color": "#0072B2", "marker": "s"},
    CANNOT_TELL: {"color": "#5F5F5F", "marker": "o", "markerfacecolor": "white"},
}

#: Height of a row, of what is above and below all of them, and width of what stands beside the axes.
_ROW_IN, _FRAME_IN, _WORDS_IN = 0.23, 1.7, 2.4

#: An axis reaches at least this far to both sides, so that next to nothing looks like it [%].
_LEAST_PCT = 2.0

#: A difference beyond this has a logarithmic axis beyond it, so that the others can still be told apart [%].
_FAR_PCT = 150.0


def verdicts(
    comparison: Comparison | pd.DataFrame,
    *,
    measure: str = "cost",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw each policy's difference from the baseline, with its interval and the verdict in a word: a forest plot.

    Parameters
    ----------
    comparison
        What `simulator.compare` returned; or its ``differences``, or those against another baseline.
    measure
        cost, energy_j or time_s.
    ax
        Where to draw; None makes a figure as high as it needs to be, with a legend.
    policies
        Policies to draw, in this order. Default: all.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each job, GPU and policy, and last for all jobs together: difference [%], interval and verdict, which
        is told by marker and by word. A line at 0; a band as wide as the smallest difference that matters, if the
        comparison says which.

    Raises
    ------
    ReplayError
        If it is no comparison, there is no such measure, or nothing to draw.
    """
    need_one_of("measure", measure, list(_MEASURES))
    table = comparison.differences if isinstance(comparison, Comparison) else comparison
    need_columns(table, _COLUMNS, what="table of differences", made_by="simulator.compare(...).differences")
    table = table.loc[table["measure"] == measure]
    drawn = chosen_policies(policies, list(dict.fromkeys(table["policy"])))
    names = _place_names(comparison, table)
    places = [
        (
            names[str(job), str(gpu)],
            [row for policy in drawn for row in rows.loc[rows["policy"] == policy].to_dict("records")],
        )
        for (job, gpu), rows in table.groupby(["job", "gpu"], sort=False)
    ]
    places = [(name, rows) for name, rows in places if rows]
    if not places:
        raise ReplayError(f"there is no difference in {measure} to draw of {', '.join(drawn) or 'any policy'}")
    alone = ax is None
    count = sum(1 + len(rows) for _, rows in places)
    ax = new_axes(height_in=_FRAME_IN + _ROW_IN * count) if ax is None else ax
    band_pct = 100 * comparison.manifest["settings"]["smallest_difference"] if isinstance(comparison, Comparison) else 0
    if band_pct:
        ax.axvspan(
            -band_pct,
            band_pct,
            color="#0072B2",
            alpha=0.12,
            linewidth=0,
            label=f"±{band_pct:g} %: too little to matter",
        )
    ax.axvline(0, color="black", linewidth=0.9)
    _draw_places(ax, places)
    baselines = ", ".join(dict.fromkeys(table["baseline"].astype(str)))
    ax.set_xlabel(f"difference in {_MEASURES[measure]} from {baselines} [%]")
    title = f"{_MEASURES[measure]} of a replay against {baselines}{_confidence(comparison)}"
    ax.set_title(title, fontsize="medium")
    if alone and (figure := ax.get_figure(root=True)):
        ax.set_title(title_of(title), fontsize="medium")
        figure.set_figwidth(figure.get_figwidth() + _WORDS_IN)
        widen(figure, drawn)
        add_legend(figure, *ax.get_legend_handles_labels())
        add_notes(figure, comparison.caveats() if isinstance(comparison, Comparison) else [])
    return ax


def _place_names(comparison: Comparison | pd.DataFrame, table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Name each job and GPU, and say what nobody recorded."""
    if isinstance(comparison, Comparison):
        return place_names(comparison.pairs)
    pairs = table[["job", "gpu"]].drop_duplicates().itertuples(index=False, name=None)
    return {who: _place_name(table, who) for who in pairs}


def _place_name(table: pd.DataFrame, who: tuple[str, str]) -> str:
    """Name a job and GPU in a few words: the headline of a plot would be longer than the row."""
    made = manifests_of(table, *who)
    if who[0] == ALL:
        name, made = "all jobs and GPUs", manifests(table)
    else:
        name = f"{made[0]['job']['dataset'] if made else who[0]}, {who[1]}"
    notes = provenance(made)
    return f"{name} ({', '.join(notes)})" if notes else name


def _confidence(comparison: Comparison | pd.DataFrame) -> str:
    if not isinstance(comparison, Comparison):
        return ", with its interval"
    return f", with its {100 * comparison.manifest['settings']['confidence']:g} % interval"


def _draw_places(ax: Axes, places: Sequence[tuple[str, list[dict[Any, Any]]]]) -> None:
    """Draw the rows of each place under its name, from the top down."""
    at, ticks, labels, gids = 0, [], [], []
    seen: set[str] = set()
    for name, rows in places:
        ax.axhspan(at - 0.5, at + 0.5, color="#EEEEEE", linewidth=0, zorder=2.5)
        where = ax.get_yaxis_transform()
        ax.text(0.01, at, name, transform=where, va="center", fontsize="small", weight="bold", zorder=3)
        for row in rows:
            at += 1
            _draw_row(ax, at, row, seen)
            ticks.append(at)
            labels.append(str(row["policy"]))
            gids.append(gid(str(row["policy"])))
        at += 1
    ax.set_ylim(at - 0.5, -0.5)
    ax.set_yticks(ticks, labels)
    for label, known in zip(ax.get_yticklabels(), gids, strict=True):
        label.set_gid(known)
    ax.tick_params(axis="y", length=0, labelsize="small")
    ax.grid(alpha=0.25, axis="x")
    handles = [verdict for verdict in VERDICTS if verdict in seen]
    for verdict in handles:
        ax.plot([], [], linestyle="-", **_LOOKS[verdict], label=verdict)
    low, high = min(ax.get_xlim()[0], -_LEAST_PCT), max(ax.get_xlim()[1], _LEAST_PCT)
    ax.set_xlim(low, high)
    if max(abs(low), abs(high)) > _FAR_PCT:
        from matplotlib.ticker import FuncFormatter

        ax.set_xscale("symlog", linthresh=_FAR_PCT)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _draw_row(ax: Axes, at: int, row: dict[Any, Any], seen: set[str]) -> None:
    """Draw one difference: its interval, its marker, and the same in words on the right."""
    look, known = _LOOKS[row["verdict"]], gid(str(row["policy"]))
    words = "no difference known" if pd.isna(row["difference_pct"]) else cell(row)
    if not pd.isna(row["difference_pct"]):
        ax.plot([row["low_pct"], row["high_pct"]], [at, at], color=look["color"], linewidth=1.6, gid=known)
        ax.plot([row["difference_pct"]], [at], linestyle="none", markersize=6, **look, gid=known)
        seen.add(row["verdict"])
    broken = max(row.get("failed_pct", 0.0), row.get("baseline_failed_pct", 0.0))
    words += f" ({broken:.3g} % broke off)" if broken > 0 else ""
    where = ax.get_yaxis_transform()
    ax.text(1.015, at, words, transform=where, va="center", fontsize="small", color=look["color"], gid=known)
