"""One row for each policy: what it cost, against what the user would have paid without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.results import WHO, failures, per_recurrence

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BASELINE", "LATE", "summarize"]

#: What policies are compared with: the default batch size at full power.
BASELINE = "default+full"

#: How many recurrences at the end of a replay show what a policy has settled on ("Zeus", NSDI'23, section 6.2).
LATE = 5

_COMPARED = ("energy_j", "time_s", "cost", "late_energy_j", "late_time_s")
_NUMBERS = ("batch_size", "power_limit_w", "recurrences", "seeds", "failed_seeds")


def summarize(result: pd.DataFrame, *, baseline: str = BASELINE, late: int = LATE) -> pd.DataFrame:
    """Summarize a result table, one row for each job, GPU and policy.

    Only replays that went through to their end count. A recurrence costs what all of its tries cost.

    Parameters
    ----------
    result
        Result table of one or several replays.
    baseline
        Policy that the others are compared with, where the table has it.
    late
        How many recurrences at the end of each replay count as late.

    Returns
    -------
    pandas.DataFrame
        job, gpu, policy;
        energy_j [J], time_s [s], cost [J]: means over recurrences and seeds;
        late_energy_j [J], late_time_s [s]: medians over the late recurrences of all seeds;
        energy_change_pct, time_change_pct, cost_change_pct, late_energy_change_pct, late_time_change_pct: those
        against the baseline [%], negative if less, NaN without a baseline;
        failed_runs_pct: share of runs that missed the target [%];
        batch_size, power_limit_w [W]: the pair that most seeds end with;
        recurrences, seeds (that went through) and failed_seeds: how many.

    Raises
    ------
    ReplayError
        If it is no result table.
    """
    recurrences = per_recurrence(result)
    failed = failures(result)
    rows = [
        {**of_policy[WHO].iloc[0], **_costs(of_policy, late)} for _, of_policy in recurrences.groupby(WHO, sort=False)
    ]
    table = pd.DataFrame(rows, columns=None if rows else WHO)
    table = table.merge(failed[[*WHO, "failed_seeds"]], on=WHO, how="outer", sort=False)
    table = _in_order(table, result, failed)
    table = _against(table, baseline)
    counts = {name: _column(table, name) for name in _NUMBERS}
    zero = {name: counts[name].fillna(0) for name in ("seeds", "failed_seeds")}
    table = table.assign(**{name: values.astype("Int64") for name, values in (counts | zero).items()})
    return table.reindex(columns=[*WHO, *_COMPARED, *map(_change, _COMPARED), "failed_runs_pct", *_NUMBERS])


def _costs(recurrences: pd.DataFrame, late: int) -> dict[str, Any]:
    """Summarize the recurrences of one policy."""
    replay = ["seed", *(["group"] if "group" in recurrences.columns else [])]
    last = recurrences.groupby(replay)["recurrence"].transform("max")
    at_end = recurrences.loc[recurrences["recurrence"] == last]
    lately = recurrences.loc[recurrences["recurrence"] > last - late]
    pairs = at_end.groupby(["batch_size", "power_limit_w"], as_index=False).size()
    most = pairs.sort_values("size", ascending=False, kind="stable").iloc[0]
    return {
        **{name: recurrences[name].mean() for name in ("energy_j", "time_s", "cost")},
        **{f"late_{name}": lately[name].median() for name in ("energy_j", "time_s")},
        "failed_runs_pct": 100 * (1 - len(recurrences) / recurrences["runs"].sum()),
        "batch_size": most["batch_size"],
        "power_limit_w": most["power_limit_w"],
        "recurrences": len(recurrences) // recurrences["seed"].nunique(),
        "seeds": recurrences["seed"].nunique(),
    }


def _in_order(table: pd.DataFrame, result: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """Order the rows as the policies appear in the result; those that only failed come last in their job."""
    shown: Sequence[str] = list(dict.fromkeys([*result["policy"], *failed["policy"]]))
    first = list(dict.fromkeys([*result["job"], *failed["job"]]))
    place = pd.DataFrame(
        {"job": table["job"].map(first.index), "gpu": table["gpu"], "policy": table["policy"].map(shown.index)}
    )
    return table.loc[place.sort_values(["job", "gpu", "policy"]).index].reset_index(drop=True)


def _against(table: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Add what each policy changes against the baseline of its job and GPU [%]."""
    base = table.loc[table["policy"] == baseline].set_index(["job", "gpu"])
    where = pd.MultiIndex.from_frame(table[["job", "gpu"]])
    changes = {
        _change(name): 100 * (_column(table, name) / _column(base, name).reindex(where).to_numpy() - 1)
        for name in _COMPARED
    }
    return table.assign(**changes)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    """Get a column of numbers, all NaN if nothing went through and the table has none."""
    return table[name] if name in table.columns else pd.Series(np.nan, index=table.index)


def _change(name: str) -> str:
    return name.rsplit("_", 1)[0] + "_change_pct" if name != "cost" else "cost_change_pct"
