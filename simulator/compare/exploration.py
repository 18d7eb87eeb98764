"""What each policy paid for not knowing from the start what it settled on in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.check import whole_number
from simulator.compare.ratios import runtime_ratios
from simulator.compare.results import WHO, failures, replay_columns, whole_replays
from simulator.compare.summary import LATE
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["KINDS", "exploration"]

#: What runs cost beyond settled ones, by why they ran.
KINDS = ("profiling", "failed", "searching")

#: Amounts, and the unit at the end of their names.
_AMOUNTS = {"energy_j": "_j", "time_s": "_s", "cost": ""}
_QUARTILES = {"q25": 0.25, "q75": 0.75}
_PAIR = ["batch_size", "power_limit_w"]


def exploration(
    result: pd.DataFrame,
    *,
    late: int = LATE,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
) -> pd.DataFrame:
    """Say what each policy paid for not knowing: all that a replay cost beyond its own settled choice.

    The *settled configuration* of a replay is the batch size and power limit with which most of its last recurrences
    reached the target, the later one of equals. A *settled run* reached the target at this configuration, without
    profiling; if there is none, profiled ones count. With m the mean of the settled runs, whoever had known would have
    paid m in each of the n recurrences. What was paid above that is split by why each run ran, so that

    ::

        sum over all runs = n · m + failed + profiling + searching

    failed
        Runs that missed the target, stopped early or not: all that they cost, since their recurrence was run again.
    profiling
        Runs that reached it while their first epoch was spent on power limits: what each cost above m. Most of them ran
        at a batch size for the first time, so that this holds what the new size cost, too.
    searching
        All other runs that reached it at another configuration: what each cost above m.

    The split is exact, and it is about the policy's own choice: one that settles on a bad configuration at once pays
    nothing here, and all of it as `simulator.compare.regret`. So amounts may be below zero, where what was tried was
    better than what was kept. Where a job drifts, a run also costs more or less since its slice is another: read the
    split with care there. Submissions in groups are scaled: m is then a mean per unit of runtime_ratio.

    Parameters
    ----------
    result
        What `simulator.replay` returned, one row a run, or several such tables put together.
    late
        How many recurrences at the end of a replay show what a policy has settled on.
    groups
        The submissions that were replayed, as `simulator.replay` takes them; needed if the result has groups.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu and policy:
        settled_batch_size, settled_power_limit_w [W]: what most seeds settle on, and settled_seeds_pct: how many do
        [%];
        settled_recurrence: recurrences before a replay stayed with its settled configuration for good, mean over seeds;
        energy_j [J], time_s [s], cost [J]: of a whole replay, mean over seeds;
        for profiling, failed and searching, and for exploration, which is their sum: exploration_energy_j [J],
        exploration_time_s [s], exploration_cost [J]: mean over seeds, with the quartiles over seeds in
        exploration_energy_q25_j, exploration_energy_q75_j and so on, and exploration_share_pct: share of the cost [%];
        seeds: how many went through, which all of this is about; failed_seeds: how many broke off. A policy that lost
        all its seeds has a row with nothing but these.

    Raises
    ------
    ReplayError
        If it is no result table, or a number makes no sense.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> result = simulator.replay(traces.jobs[0], traces, policy="default", power_policy="full", seeds=range(3))
    >>> exploration(result)[["settled_recurrence", "exploration_cost"]].values.tolist()
    [[0.0, 0.0]]
    """
    late = whole_number("late", late, error=ReplayError, least=1)
    runs, replay = whole_replays(result), replay_columns(result)
    runs = runs.assign(ratio=runtime_ratios(result, runs, groups), at=runs.groupby(replay, sort=False).ngroup())
    paid = pd.concat([runs.groupby("at")[replay].first(), _settled(runs, late)], axis=1)
    paid = pd.concat([paid, _split(runs, paid)], axis=1)
    lost = failures(result)
    rows = []
    for who, of_policy in paid.groupby(WHO, sort=False):
        gone = lost.loc[(lost[WHO] == list(who)).all(axis=1), "seeds"]
        rows.append(dict(zip(WHO, who, strict=True)) | _over_seeds(of_policy, {str(s) for each in gone for s in each}))
    table = pd.DataFrame(rows, columns=[*WHO, *_columns()])
    table = table.merge(lost[[*WHO, "failed_seeds"]], on=WHO, how="outer", sort=False)
    counts = ["seeds", "failed_seeds"]
    settled = [f"settled_{name}" for name in _PAIR]
    table = table.astype(dict.fromkeys([*counts, *settled], "Int64"))
    table = table.astype({name: "float64" for name in _columns() if name not in (*counts, *settled)})
    table[counts] = table[counts].fillna(0)
    order = list(dict.fromkeys(pd.concat([result[WHO], lost[WHO]]).itertuples(index=False, name=None)))
    place = [order.index(who) for who in table[WHO].itertuples(index=False, name=None)]
    return table.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def _settled(runs: pd.DataFrame, late: int) -> pd.DataFrame:
    """Find the settled configuration of each replay, and how many recurrences came before it stayed there for good."""
    ends = runs.loc[runs["reached"], ["at", "recurrence", *_PAIR]].sort_values(["at", "recurrence"], kind="stable")
    last = ends.groupby("at").tail(late)
    often = last.groupby(["at", *_PAIR])["recurrence"].agg(["size", "max"]).reset_index()
    settled = often.sort_values(["at", "size", "max"]).groupby("at")[_PAIR].last()  # of equals the latest
    other = (ends[_PAIR].to_numpy() != settled.loc[ends["at"], _PAIR].to_numpy()).any(axis=1)
    since = ends.loc[other].groupby("at")["recurrence"].max() + 1
    return settled.assign(settled_recurrence=since.reindex(settled.index, fill_value=0))


def _split(runs: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    """Split what the runs of each replay cost, by why they ran."""
    at, ratio = runs["at"].to_numpy(), runs["ratio"].to_numpy()
    reached, profiled = runs["reached"].to_numpy(), runs["profiled"].to_numpy()
    kept = reached & (runs[_PAIR].to_numpy() == settled.loc[at, _PAIR].to_numpy()).all(axis=1)
    n = len(settled)
    plain = np.bincount(at, kept & ~profiled, n) > 0
    kept &= ~(profiled & plain[at])
    why = {"profiling": reached & profiled & ~kept, "failed": ~reached}
    why["searching"] = ~(kept | why["profiling"] | why["failed"])
    found: dict[str, Any] = {}
    for name in _AMOUNTS:
        amount = runs[name].to_numpy(float)
        found[name] = np.bincount(at, amount, n)
        mean = np.bincount(at, amount * kept, n) / np.bincount(at, ratio * kept, n)
        above = amount - np.where(reached, ratio * mean[at], 0.0)
        for kind, which in why.items():
            found[_named(kind, name)] = np.bincount(at, above * which, n)
        found[_named("exploration", name)] = sum(found[_named(kind, name)] for kind in KINDS)
    return pd.DataFrame(found, index=settled.index)


def _over_seeds(paid: pd.DataFrame, lost: set[str]) -> dict[str, Any]:
    """Average over the seeds that went through in all of their groups."""
    paid = paid.loc[~paid["seed"].astype(str).isin(lost)]
    if paid.empty:
        return {"seeds": 0}
    pairs = paid.groupby(_PAIR, as_index=False, sort=False).size()
    most = pairs.iloc[int(pairs["size"].argmax())]
    amounts = [*_AMOUNTS, *(_named(kind, name) for kind in (*KINDS, "exploration") for name in _AMOUNTS)]
    of_seeds = paid.groupby("seed", sort=False)[amounts].sum()
    found: dict[str, Any] = {f"settled_{name}": most[name] for name in _PAIR}
    found["settled_seeds_pct"] = 100 * most["size"] / len(paid)
    found["settled_recurrence"] = paid["settled_recurrence"].mean()
    found |= {name: of_seeds[name].mean() for name in amounts}
    for kind in (*KINDS, "exploration"):
        for name in _AMOUNTS:
            for q, share in _QUARTILES.items():
                found[_named(kind, name, q)] = of_seeds[_named(kind, name)].quantile(share)
        found[f"{kind}_share_pct"] = 100 * found[_named(kind, "cost")] / found["cost"]
    return found | {"seeds": len(of_seeds)}


def _named(kind: str, name: str, quartile: str = "") -> str:
    """Name an amount of a kind, or its quartile; the unit stays last."""
    unit = _AMOUNTS[name]
    return "_".join(filter(None, (kind, name.removesuffix(unit), quartile))) + unit


def _columns() -> list[str]:
    found = [*(f"settled_{name}" for name in _PAIR), "settled_seeds_pct", "settled_recurrence", *_AMOUNTS]
    for kind in (*KINDS, "exploration"):
        for name in _AMOUNTS:
            found += [_named(kind, name), *(_named(kind, name, q) for q in _QUARTILES)]
        found.append(f"{kind}_share_pct")
    return [*found, "seeds"]
