"""One row for each policy: what it cost, against what the user would have paid without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.manifests import Origin, origin
from simulator.compare.results import WHO, failures, per_recurrence

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BASELINE", "LATE", "summarize"]

#: What policies are compared with: the default batch size at full power.
BASELINE = "default+full"

#: How many recurrences at the end of a replay show what a policy has settled on ("Zeus", NSDI'23, section 6.2).
LATE = 5

#: What a recurrence costs, and the unit at the end of each name.
_COSTS = {"energy_j": "_j", "time_s": "_s", "cost": ""}
_COMPARED = (*_COSTS, *(f"late_{name}" for name in _COSTS))

#: Spread of a replay's mean over the seeds.
_QUARTILES = {"q25": 0.25, "q75": 0.75}
_SPREAD = [f"{name.removesuffix(unit)}_{q}{unit}" for name, unit in _COSTS.items() for q in _QUARTILES]

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
        synthetic, predicted, synthetic_groups: what traces and submissions were, missing if the table does not say;
        energy_j [J], time_s [s], cost [J]: means over recurrences and seeds;
        late_energy_j [J], late_time_s [s], late_cost [J]: medians over the late recurrences of all seeds;
        energy_q25_j, energy_q75_j, time_q25_s, time_q75_s, cost_q25, cost_q75: quartiles over the seeds of a replay's
        mean;
        energy_change_pct, time_change_pct, cost_change_pct and ``late_...``: those against the baseline [%], negative
        if less; NaN without a baseline, and where a policy or the baseline lost seeds: others were the cheaper ones;
        failed_runs_pct: share of runs that missed the target [%];
        batch_size, power_limit_w [W]: the pair that most seeds end with;
        recurrences, seeds (that went through) and failed_seeds: how many;
        survivors_only: whether seeds failed, so that all of this is about the others.

    Raises
    ------
    ReplayError
        If it is no result table.
    """
    recurrences = per_recurrence(result)
    failed = failures(result)
    lost = {tuple(row[WHO]): set(map(str, row["seeds"])) for _, row in failed.iterrows()}
    rows = [
        {**of_policy[WHO].iloc[0], **_costs(of_policy, late, lost.get(who, set()))}
        for who, of_policy in recurrences.groupby(WHO, sort=False)
    ]
    table = pd.DataFrame(rows, columns=None if rows else WHO)
    table = table.merge(failed[[*WHO, "failed_seeds"]], on=WHO, how="outer", sort=False)
    table = _in_order(table, result, failed)
    counts = {name: _column(table, name) for name in _NUMBERS}
    zero = {name: counts[name].fillna(0) for name in ("seeds", "failed_seeds")}
    table = table.assign(**{name: values.astype("Int64") for name, values in (counts | zero).items()})
    table = _against(table.assign(survivors_only=(table["failed_seeds"] > 0).astype(bool)), baseline)
    table = pd.concat([table, _origins(table, result)], axis=1)
    changes = map(_change, _COMPARED)
    order = [*WHO, *Origin._fields, *_COMPARED, *_SPREAD, *changes, "failed_runs_pct", *_NUMBERS, "survivors_only"]
    return table.reindex(columns=order)


def _costs(recurrences: pd.DataFrame, late: int, lost: set[str]) -> dict[str, Any]:
    """Summarize the recurrences of one policy; a seed is lost if it failed in any group."""
    replay = ["seed", *(["group"] if "group" in recurrences.columns else [])]
    last = recurrences.groupby(replay)["recurrence"].transform("max")
    at_end = recurrences.loc[recurrences["recurrence"] == last]
    lately = recurrences.loc[recurrences["recurrence"] > last - late]
    pairs = at_end.groupby(["batch_size", "power_limit_w"], as_index=False).size()
    most = pairs.sort_values("size", ascending=False, kind="stable").iloc[0]
    costs = list(_COSTS)
    of_seed = recurrences.groupby("seed")
    quartiles = of_seed[costs].mean().quantile(list(_QUARTILES.values()))
    return {
        **recurrences[costs].mean(),
        **lately[costs].median().add_prefix("late_"),
        **dict(zip(_SPREAD, quartiles.to_numpy().T.flat, strict=True)),
        "failed_runs_pct": 100 * (1 - len(recurrences) / recurrences["runs"].sum()),
        "batch_size": most["batch_size"],
        "power_limit_w": most["power_limit_w"],
        "recurrences": of_seed.size().max(),
        "seeds": len(set(recurrences["seed"].astype(str)) - lost),
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
    """Add what each policy changes against the baseline of its job and GPU [%]: neither may have lost seeds."""
    whole = ~table["survivors_only"]
    base = table.loc[whole & (table["policy"] == baseline)].set_index(["job", "gpu"])
    where = pd.MultiIndex.from_frame(table[["job", "gpu"]])
    changes = {
        _change(name): (100 * (_column(table, name) / _column(base, name).reindex(where).to_numpy() - 1)).where(whole)
        for name in _COMPARED
    }
    return table.assign(**changes)


def _origins(table: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Say of each row what its traces and submissions were."""
    unknown = (None,) * len(Origin._fields)
    known = {who: origin(result, *who) for who in set(table[["job", "gpu"]].itertuples(index=False, name=None))}
    rows = [known[who] or unknown for who in table[["job", "gpu"]].itertuples(index=False, name=None)]
    return pd.DataFrame(rows, columns=Origin._fields, index=table.index).astype("boolean")


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    """Get a column of numbers, all NaN if nothing went through and the table has none."""
    return table[name] if name in table.columns else pd.Series(np.nan, index=table.index)


def _change(name: str) -> str:
    return name.removesuffix(_COSTS[name.removeprefix("late_")]) + "_change_pct"
