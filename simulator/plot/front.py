"""Fronts of time and energy: over configurations, over values of η, over policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.manifests import headline, one_job
from simulator.compare.means import with_ends
from simulator.compare.units import Unit, energy_unit, time_unit
from simulator.errors import ReplayError
from simulator.plot.needed import chosen_policies, configurations_of, need_columns
from simulator.plot.plane import draw_configurations
from simulator.plot.shown import in_panel
from simulator.plot.style import add_legend, add_notes, gid, new_axes, readable_log, styles, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["front"]

_MADE_BY = "simulator.compare.configurations, eta_front or policy_front"

#: How far configurations are shown beyond the front: this many times its ends.
_REACH = 1.6

#: Room around the points for their names, as a share of what they span.
_MARGIN = 0.09

#: How near to one another labels may be, as shares of the axes' width and height.
_NEAR_X, _NEAR_Y = 0.2, 0.06


def front(
    table: pd.DataFrame,
    *,
    late: bool = False,
    per: str = "recurrence",
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw the points of a table in the time–energy plane, and a line through those that no other beats.

    Parameters
    ----------
    table
        What `simulator.compare.configurations`, `simulator.compare.eta_front` or `simulator.compare.policy_front`
        returned, about one job on one GPU; or that of a sweep, as `simulator.explore.read_table` returns it.
    late
        Whether to draw what policies end up with: the last five recurrences instead of all.
    per
        What the numbers of the table are of, as the axes say it: a table of a sweep is about whole replays, so that
        ``per="replay"`` says what it holds.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: all.

    Returns
    -------
    matplotlib.axes.Axes
        A point for each row, with its intervals where the table has them; hollow if it is not on the front. Points of a
        policy over values of η are joined by its line, and labelled with η. Where there are no policies, the points of
        the front are labelled with batch size and power limit.

    Raises
    ------
    ReplayError
        If the table has no points in time and energy, or is about several jobs or GPUs.
    """
    need_columns(table, ["energy_j", "time_s", "on_front"], what="table of a front", made_by=_MADE_BY)
    if {"job", "gpu"} <= set(table.columns):
        one_job(table)
    alone = ax is None
    ax = new_axes() if ax is None else ax
    notes: list[str] = []
    if "policy" in table.columns:
        notes = _draw_policies(
            ax, table, "late_" * late, chosen_policies(policies, list(dict.fromkeys(table["policy"])))
        )
        of = "the last five recurrences" if late else f"all {per}s"
        title = f"mean of {of}; hollow: not on the front"
    else:
        _draw_configurations(ax, table)
        title = "expected of each configuration; labels: batch size, power limit"
    _name_axes(ax, per)
    ax.set_title(in_panel(ax, table, "\n".join(filter(None, [_data_of(table), title]))), fontsize="medium")
    ax.grid(alpha=0.25)
    if alone and (figure := ax.get_figure(root=True)):
        about = headline(table) if {"job", "gpu"} <= set(table.columns) else _data_of(table)
        ax.set_title(title_of(*filter(None, [about, title])), fontsize="medium")
        add_legend(figure, *ax.get_legend_handles_labels())
        add_notes(figure, notes)
    return ax


def _name_axes(ax: Axes, per: str) -> None:
    """Say what the numbers are of, after what they are: ``mean time [h]`` is per recurrence, or per replay."""
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_text(label.get_text().replace(" [", f" per {per} ["))


def _data_of(table: pd.DataFrame) -> str:
    """Say what a table of a sweep was replayed on, such as SYNTHETIC traces, as far as it tells."""
    return ", ".join(dict.fromkeys(table["data"].dropna())) if "data" in table.columns else ""


def _draw_configurations(ax: Axes, table: pd.DataFrame) -> None:
    """Draw configurations about as far as the front reaches, and name what is on it."""
    best = table.loc[table["on_front"]]
    time, energy = time_unit(best["time_s"].median()), energy_unit(best["energy_j"].median())
    reach = _REACH * best["time_s"].max() / time.size, _REACH * best["energy_j"].max() / energy.size
    who = [str(table[name].iloc[0]) if name in table.columns else "" for name in ("job", "gpu")]
    for _, of_size in table.sort_values("power_limit_w").groupby("batch_size"):
        near = of_size.loc[
            (of_size["time_s"] <= reach[0] * time.size) & (of_size["energy_j"] <= reach[1] * energy.size)
        ]
        ax.plot(near["time_s"] / time.size, near["energy_j"] / energy.size, color="#D5D5D5", linewidth=0.7, zorder=0.8)
    line = draw_configurations(ax, configurations_of(table, *who), reach=reach, time=time, energy=energy)
    _finish_axes(ax, time, energy, "expected")
    x, y = line["time_s"].to_numpy() / time.size, line["energy_j"].to_numpy() / energy.size
    names = [f"{row.batch_size}, {row.power_limit_w} W" for row in line.itertuples()]
    _label(ax, [(x[i], y[i], names[i], {}) for i in _ends_first(len(line))])


def _draw_policies(ax: Axes, table: pd.DataFrame, prefix: str, drawn: list[str]) -> list[str]:
    """Draw a point for each row with its intervals, and say what is left out."""
    if missing := [name for name in ("energy_j", "time_s", "on_front") if prefix + name not in table.columns]:
        raise ReplayError(
            f"this table does not say what policies end up with: it lacks {', '.join(prefix + m for m in missing)}; "
            "make it of replays rather than of a comparison, or draw it with late=False"
        )
    lost = table.filter(regex="^failed_(seeds|pct)$").gt(0).any(axis=1)
    known = table[f"{prefix}energy_j"].notna() & table["policy"].isin(drawn)
    if not known.any():
        raise ReplayError(f"there is nothing to draw of {', '.join(drawn)}: this table has no number for them")
    points = table.loc[known]
    time = time_unit(points[f"{prefix}time_s"].median())
    energy = energy_unit(points[f"{prefix}energy_j"].median())
    names: list[tuple[float, float, str, dict[str, Any]]] = []
    for policy, style in styles(drawn).items():
        of_policy = points.loc[points["policy"] == policy]
        if len(of_policy):
            names += _draw_policy(ax, of_policy, policy, style, prefix, (time, energy))
    _finish_axes(ax, time, energy, "mean")
    _label(ax, names)
    best = points.loc[points[f"{prefix}on_front"]].sort_values(f"{prefix}time_s")
    if "eta" not in table.columns:
        x, y = best[f"{prefix}time_s"] / time.size, best[f"{prefix}energy_j"] / energy.size
        ring: dict[str, Any] = {"marker": "o", "markersize": 13, "markerfacecolor": "none"}
        ax.plot(x, y, color="#606060", linewidth=1, zorder=1, label="Pareto front", **ring)
    which = list(dict.fromkeys(table.loc[lost, "policy"]))
    return [f"Not claimed to be on the front, since seeds failed: {', '.join(which)}."] if which else []


def _draw_policy(
    ax: Axes, rows: pd.DataFrame, policy: str, style: dict[str, Any], prefix: str, units: tuple[Unit, Unit]
) -> list[tuple[float, float, str, dict[str, Any]]]:
    """Draw one policy: its points with intervals, hollow ones off the front, a line over η; return names of points."""
    over_eta = "eta" in rows.columns
    rows = rows.sort_values("eta") if over_eta else rows
    amounts = [f"{prefix}time_s", f"{prefix}energy_j"]
    x, y = (rows[name].to_numpy(float) / unit.size for name, unit in zip(amounts, units, strict=True))
    bars = [_bars(rows, name, unit) for name, unit in zip(amounts, units, strict=True)]
    look = {"color": style["color"], "gid": gid(policy)}
    if over_eta:
        ax.plot(x, y, linestyle=style["linestyle"], linewidth=1, **look)
    drawn = ax.errorbar(
        x, y, xerr=bars[0], yerr=bars[1], fmt=style["marker"], markersize=7, elinewidth=1, **look, label=policy
    )
    for artist in drawn.get_children():
        artist.set_gid(gid(policy))
    off = ~rows[f"{prefix}on_front"].to_numpy(bool)
    # Above the points, which error bars put above where they are told to.
    above = {"zorder": drawn[0].get_zorder() + 0.1}
    ax.plot(x[off], y[off], style["marker"], markersize=7, markerfacecolor="white", **look, **above)
    etas = rows["eta"].tolist() if over_eta else []
    return [(x[i], y[i], f"η = {etas[i]:g}", look) for i in _ends_first(len(etas))]


def _bars(rows: pd.DataFrame, name: str, unit: Unit) -> Any:
    """Take the ends of the intervals as distances, shape (2, n_rows); none if the table has none, or for one seed."""
    _, low, high = with_ends(name, (0.0, 0.0, 0.0))
    if low not in rows.columns:
        return None
    ends = np.array([rows[name] - rows[low], rows[high] - rows[name]], float) / unit.size
    return np.nan_to_num(np.maximum(ends, 0.0))


def _finish_axes(ax: Axes, time: Unit, energy: Unit, what: str) -> None:
    ax.margins(x=_MARGIN, y=_MARGIN)
    readable_log(ax.xaxis, scale=ax.set_xscale)
    readable_log(ax.yaxis, scale=ax.set_yscale)
    ax.set_xlabel(f"{what} time [{time.symbol}]")
    ax.set_ylabel(f"{what} energy [{energy.symbol}]")


def _label(ax: Axes, points: Sequence[tuple[float, float, str, dict[str, Any]]]) -> None:
    """Name points (x, y, name, look), the first ones first, as far as no name covers another one."""
    if not points:
        return
    at = np.array([point[:2] for point in points], float)
    shares = ax.transAxes.inverted().transform(ax.transData.transform(at))
    named: list[int] = []
    for i, (x, y, name, look) in enumerate(points):
        apart = np.abs(shares[named] - shares[i])
        if not ((apart[:, 0] < _NEAR_X) & (apart[:, 1] < _NEAR_Y)).any():
            named.append(i)
            ax.annotate(name, (x, y), xytext=(7, 4), textcoords="offset points", fontsize="small", **look)


def _ends_first(count: int) -> list[int]:
    """Order places in a row from both ends inwards.

    Examples
    --------
    >>> _ends_first(5)
    [0, 4, 1, 3, 2]
    """
    return sorted(range(count), key=lambda i: min(i, count - 1 - i))
