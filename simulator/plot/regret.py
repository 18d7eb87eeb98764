"""What policies lost against the best fixed configuration, as recurrences go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.compare.manifests import one_job
from simulator.compare.regret import regret as regret_of
from simulator.compare.units import energy_unit
from simulator.errors import ReplayError
from simulator.plot.bands import draw_bands
from simulator.plot.needed import chosen_policies, need_columns
from simulator.plot.pools import pooled
from simulator.plot.shown import MOST_LINES, absent, by_importance, counted, event, left_out, lost_seeds, spread
from simulator.plot.style import finish, new_axes, readable_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["regret"]

#: Where a logarithmic axis becomes linear around zero, as a share of the largest regret.
_LINEAR_SHARE = 1e-3


def regret(
    result: pd.DataFrame,
    *,
    configurations: pd.DataFrame | None = None,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    cumulative: bool = True,
    log: bool = False,
    ax: Axes | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:
    """Draw the cost beyond that of the best fixed configuration, added up from recurrence to recurrence.

    A line that goes flat belongs to a policy that has found the best configuration; one that rises steadily, to a
    policy that stays with another one. A line falls where the run had better luck than is expected of the best
    configuration.

    Parameters
    ----------
    result
        Result table of one job on one GPU; or what `simulator.compare.regret` made of it.
    configurations
        What each configuration is expected to cost, as `simulator.compare.every_configuration` says; needed with a
        result table.
    groups
        The submissions that were replayed, if the result has groups; see `simulator.compare.regret`.
    cumulative
        Whether regret is added up; otherwise it is that of each recurrence, with later recurrences pooled.
    log
        Whether the axis of regret is logarithmic, so that small ones can be told apart. It is linear around zero,
        since regret may be zero or below.
    ax
        Where to draw; None makes a figure with a legend, and with notes on what is not drawn.
    policies
        Policies to draw; their order decides how they look. Default: the first six of `simulator.plot.by_importance`,
        or of a table of regrets.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each policy, labelled with its name: the median over the seeds, in a band from quartile to quartile,
        in J of cost.

    Raises
    ------
    ReplayError
        If the table is about several jobs or GPUs, the best configuration is not known, or no replay of these policies
        went through to its end.
    """
    table, known = _regrets(result, configurations, groups), _policies(result)
    one_job(result)
    alone = ax is None
    ax = new_axes() if ax is None else ax
    drawn = chosen_policies(policies, known[:MOST_LINES])
    column = "cumulative_regret_j" if cumulative else "regret_j"
    unit = energy_unit(float(table[column].abs().groupby(table["recurrence"]).median().max()))
    at = table["recurrence"] + 1 if cumulative else pooled(table["recurrence"])
    draw_bands(ax, table.assign(drawn=table[column] / unit.size, at=at), "drawn", policies=drawn, at="at")
    what = "cumulative regret" if cumulative else f"regret per {event(result)}"
    ax.axhline(0, color="#606060", linewidth=0.8, zorder=0.5)
    ax.set_ylabel(f"{what} [{unit.symbol}]")
    _scale(ax, result, cumulative=cumulative, log=log)
    notes = [*left_out(drawn, known), *lost_seeds(result), *absent(drawn, result)]
    title = f"{what}: cost beyond the best fixed configuration\n{spread(result)}"
    finish(ax, result, title, notes=notes if alone else None)
    return ax


def _regrets(
    result: pd.DataFrame,
    configurations: pd.DataFrame | None,
    groups: pd.DataFrame | str | PathLike[str] | None,
) -> pd.DataFrame:
    """Compute the regrets, unless they are computed already."""
    if "regret_j" in result.columns:
        need_columns(
            result,
            ["job", "gpu", "policy", "seed", "recurrence", "regret_j", "cumulative_regret_j"],
            what="table of regrets",
            made_by="simulator.compare.regret",
        )
        return result
    if configurations is None:
        raise ReplayError(
            "regret is against the best fixed configuration, which a result table does not know; give "
            "configurations=simulator.compare.every_configuration(job, traces), or configurations.parquet of a results "
            "folder"
        )
    return regret_of(result, configurations, groups=groups)


def _policies(result: pd.DataFrame) -> list[str]:
    """List the policies of a table, the more important ones first; a table of regrets has those of its maker."""
    return by_importance(result) if "attempt" in result.columns else list(dict.fromkeys(result["policy"]))


def _scale(ax: Axes, result: pd.DataFrame, *, cumulative: bool, log: bool) -> None:
    """Set the scales of both axes, and name the horizontal one."""
    from matplotlib.ticker import MaxNLocator

    if cumulative:
        ax.set_xlabel("submission, counted within its group" if event(result) == "submission" else "recurrence")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        if result["recurrence"].max() == 0:
            ax.set_xlim(0, 2)
    else:
        ax.set_xlabel(counted(result))
        readable_log(ax.xaxis, scale=ax.set_xscale, whole=True)
    if log:
        largest = max(float(np.abs(np.asarray(line.get_ydata(), float)).max()) for line in ax.lines)
        ax.set_yscale("symlog", linthresh=_LINEAR_SHARE * (largest or 1.0))
