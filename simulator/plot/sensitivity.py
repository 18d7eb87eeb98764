"""How much hangs on a knob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.manifests import one_job
from simulator.compare.means import with_ends
from simulator.compare.units import Unit, energy_unit, time_unit
from simulator.errors import ReplayError
from simulator.plot.bands import draw_band, width_pt
from simulator.plot.needed import chosen_policies, need_columns, need_one_of
from simulator.plot.shown import MOST_LINES, left_out
from simulator.plot.style import finish, new_axes, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["sensitivity"]

_AMOUNTS = ("cost", "energy_j", "time_s")
_MEASURES = ("regret_pct", *_AMOUNTS, *(f"late_{name}" for name in _AMOUNTS))
_KNOBS = {
    "eta": "η: 0 is time alone, 1 is energy alone",
    "beta": "β: a run is stopped at β times the least cost so far",
    "window": "window: how many rewards count",
    "default_bs": "default batch size [samples]",
}

#: Letters that fit below the axis.
_LETTERS = 45

#: Values that stand for something else.
_WORDS = {("beta", np.inf): "∞, never", ("window", 0.0): "all"}


def sensitivity(
    table: pd.DataFrame,
    *,
    knob: str | None = None,
    measure: str = "regret_pct",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw what becomes of each policy as one knob is turned.

    Parameters
    ----------
    table
        What `simulator.compare.sensitivity` returned, about one job on one GPU.
    knob
        eta, beta, window or default_bs; None means the first of them that the table turns.
    measure
        regret_pct: mean cost above that of the best fixed configuration at that η [%]; or a mean per recurrence: cost,
        energy_j, time_s, or their late values, such as late_cost. Costs at different η are different sums, which is
        why the regret is drawn unless something else is asked for.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: the first six.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name, in the band of its interval. η has an axis of numbers; values of
        the other knobs stand side by side. Values where seeds failed are not drawn where the table withholds them.

    Raises
    ------
    ReplayError
        If the table is another one, does not turn the knob, or is about several jobs or GPUs.
    """
    made_by = "simulator.compare.sensitivity"
    columns = ["job", "gpu", "policy", "knob", "value", "cost", *({measure} & set(_MEASURES))]
    need_columns(table, columns, what="table of knobs", made_by=made_by)
    need_one_of("measure", measure, _MEASURES)
    turned = [name for name in _KNOBS if name in set(table["knob"])]
    knob = turned[0] if knob is None and turned else str(knob)
    need_one_of("knob", knob, turned)
    of_knob = table.loc[table["knob"] == knob]
    of_knob.attrs = table.attrs
    one_job(of_knob)
    known = list(dict.fromkeys(of_knob["policy"]))
    drawn = chosen_policies(policies, known[:MOST_LINES])
    values = _in_order(knob, of_knob["value"])
    unit, name = _unit(of_knob, measure)
    alone = ax is None
    ax = new_axes() if ax is None else ax
    for i, (policy, style) in enumerate(styles(drawn).items()):
        rows = of_knob.loc[of_knob["policy"] == policy].set_index("value").reindex(values)
        if rows["cost"].notna().any():
            x = np.array(values) if knob == "eta" else np.arange(len(values))
            low, middle, high = (end / unit.size for end in _ends(rows, measure))
            look: dict[str, Any] = {"policy": policy, "style": style, "width": width_pt(i, len(drawn))}
            draw_band(ax, x, low, middle, high, **look, of=len(drawn))
    if not ax.lines:
        raise ReplayError(f"there is nothing to draw of {', '.join(drawn)}: {knob} is turned for {', '.join(known)}")
    if knob != "eta":
        words = [_WORDS.get((knob, value), f"{value:g}") for value in values]
        ax.set_xticks(range(len(values)), words)
        if sum(map(len, words)) > _LETTERS:
            ax.tick_params(axis="x", rotation=45)
    ax.set_xlabel(_KNOBS[knob])
    ax.set_ylabel(f"{name} [{unit.symbol}]")
    title = f"{name}: mean over seeds, with its interval"
    finish(ax, of_knob, title, notes=[*left_out(drawn, known), *_failed(of_knob, drawn)] if alone else None)
    return ax


def _in_order(knob: str, values: pd.Series) -> list[float]:
    """Sort the values of a knob; a window of 0, which holds everything, is the largest."""
    listed = sorted({float(value) for value in values})
    return [*listed[1:], listed[0]] if knob == "window" and listed[0] == 0 else listed


def _unit(table: pd.DataFrame, measure: str) -> tuple[Unit, str]:
    """Choose a unit for a measure, and name it."""
    if measure == "regret_pct":
        return Unit("%", 1.0), "cost above best fixed configuration"
    late, _, stem = measure.rpartition("late_")
    chosen = (time_unit if stem == "time_s" else energy_unit)(float(table[measure].median()))
    what = f"mean {stem.removesuffix('_j').removesuffix('_s')} per recurrence"
    return chosen, what + (", the last five" if measure.startswith("late_") else late)


def _ends(rows: pd.DataFrame, measure: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Take the ends of each interval and the middle; those of a regret are those of the cost that it is made of."""
    if measure == "regret_pct":
        best = rows["cost"] / (1 + rows["regret_pct"] / 100)
        low, high = (100 * (rows[name] / best - 1) for name in ("cost_low", "cost_high"))
        return low.to_numpy(float), rows["regret_pct"].to_numpy(float), high.to_numpy(float)
    middle, low_name, high_name = with_ends(measure, (0.0, 0.0, 0.0))
    return rows[low_name].to_numpy(float), rows[middle].to_numpy(float), rows[high_name].to_numpy(float)


def _failed(table: pd.DataFrame, drawn: Sequence[str]) -> list[str]:
    """Say at which values seeds are missing."""
    if "failed_seeds" not in table.columns:
        return []
    lost = table.loc[(table["failed_seeds"] > 0) & table["policy"].isin(drawn)]
    return [
        f"{policy}: seeds failed at {', '.join(f'{value:g}' for value in rows['value'])}; the others were the luckier "
        "ones, and regrets are not drawn there."
        for policy, rows in lost.groupby("policy", sort=False)
    ]
