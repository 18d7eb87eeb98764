"""Result tables, put together and taken apart: which replays they hold, which broke off, what a recurrence cost."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.manifests import manifests, manifests_of
from simulator.errors import ReplayError
from simulator.replay.frames import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WHO", "combine", "failures", "per_recurrence", "replay_columns", "whole_replays"]

#: What every table is grouped by.
WHO = ["job", "gpu", "policy"]

_FAILURE_COLUMNS = [*WHO, "failed_seeds", "seeds", "error"]


def combine(results: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put several result tables under one another.

    Parameters
    ----------
    results
        Tables that `simulator.replay` returned, in the order in which they are to be shown.

    Returns
    -------
    pandas.DataFrame
        All their rows. ``attrs["manifest"]["replays"]`` lists their manifests, ``attrs["failures"]`` their failures.

    Raises
    ------
    ReplayError
        If there is none; if two hold the same job, GPU, policy, seed and group, which nothing would tell apart
        afterwards; or if some hold submissions in groups, and others do not.
    """
    results = list(results)
    if not results:
        raise ReplayError("there is no result to combine; replay at least one job under one policy")
    # A replay that broke off at once has no rows, and no types: they would spoil those of the others.
    filled = [result for result in results if len(result)] or results[:1]
    if len({"group" in result.columns for result in filled}) > 1:
        raise ReplayError("some results hold submissions in groups, others recurrences one by one; keep them apart")
    _refuse_twins(results)
    table = pd.concat(filled, ignore_index=True)
    table.attrs = {
        "manifest": {"replays": [manifest for result in results for manifest in manifests(result)]},
        "failures": [failure for result in results for failure in result.attrs.get("failures", ())],
    }
    return table


def failures(result: pd.DataFrame) -> pd.DataFrame:
    """Count the replays that broke off, one row for each job, GPU and policy that had any.

    Parameters
    ----------
    result
        Result table of replays with ``on_failure="keep"``.

    Returns
    -------
    pandas.DataFrame
        job, gpu, policy, failed_seeds (how many), seeds (which), error (of the first).
    """
    listed = pd.DataFrame(result.attrs.get("failures", []), columns=[*WHO, "seed", "error"])
    rows = [
        (*group[WHO].iloc[0], group["seed"].nunique(), list(dict.fromkeys(group["seed"])), group["error"].iloc[0])
        for _, group in listed.groupby(WHO, sort=False)
    ]
    return pd.DataFrame(rows, columns=_FAILURE_COLUMNS)


def per_recurrence(result: pd.DataFrame) -> pd.DataFrame:
    """Add up the tries of each recurrence, in replays that went through to their end.

    Parameters
    ----------
    result
        Result table.

    Returns
    -------
    pandas.DataFrame
        One row a recurrence, in order: job, gpu, policy, seed, group (if the table has groups), recurrence; energy_j,
        time_s and cost as sums over its tries; runs (how many there were); batch_size and power_limit_w of the last.

    Raises
    ------
    ReplayError
        If it is no result table, or holds a run twice.
    """
    runs, replay = whole_replays(result), replay_columns(result)
    tries = runs.groupby([*replay, "recurrence"], sort=False)
    table = tries.agg(
        energy_j=("energy_j", "sum"),
        time_s=("time_s", "sum"),
        cost=("cost", "sum"),
        runs=("attempt", "size"),
        batch_size=("batch_size", "last"),
        power_limit_w=("power_limit_w", "last"),
    ).reset_index()
    order = table.groupby(replay, sort=False).ngroup()
    return table.iloc[np.lexsort((table["recurrence"], order))].reset_index(drop=True)


def whole_replays(result: pd.DataFrame) -> pd.DataFrame:
    """Keep the runs of replays that went through to their end.

    Parameters
    ----------
    result
        Result table.

    Returns
    -------
    pandas.DataFrame
        Its rows as they are, without attributes.

    Raises
    ------
    ReplayError
        If it is no result table, or holds a run twice.
    """
    if missing := [column for column in COLUMNS if column not in result.columns]:
        raise ReplayError(
            f"this is no result table: it lacks {', '.join(missing)}; give what simulator.replay returned, or read "
            "one with pandas.read_parquet"
        )
    replay = replay_columns(result)
    runs = pd.DataFrame(result, copy=False)
    runs.attrs = {}  # pandas copies attributes at every step
    if (twins := runs.duplicated([*replay, "recurrence", "attempt"])).any():
        raise ReplayError(
            f"{_named(tuple(runs.loc[twins, replay].iloc[0]))} stands twice in this table: its replays were made with "
            "different knobs, and nothing tells them apart; compare them one by one"
        )
    if failed := _broken_off(result):
        runs = runs.loc[[(*key, None)[:5] not in failed for key in _keys(runs[replay])]]
    return runs


def replay_columns(result: pd.DataFrame) -> list[str]:
    """List the columns that tell one replay from another."""
    return [*WHO, "seed", *(["group"] if "group" in result.columns else [])]


def _keys(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """Keys of replays; seeds as text, since a table with one beyond 64 bits holds all of them as text."""
    return list(rows.astype({"seed": str}).itertuples(index=False, name=None))


def _broken_off(result: pd.DataFrame) -> set[tuple[str | None, ...]]:
    """Keys of the replays that broke off: job, GPU, policy, seed, group or None."""
    listed = result.attrs.get("failures", ())
    return {(*(each[name] for name in WHO), str(each["seed"]), each.get("group")) for each in listed}


def _refuse_twins(results: list[pd.DataFrame]) -> None:
    """Refuse two results that hold the same replay, with what they differ in."""
    seen: dict[tuple[str | None, ...], pd.DataFrame] = {}
    for result in results:
        ran = {(*key, None)[:5] for key in _keys(result[replay_columns(result)].drop_duplicates())}
        for key in sorted(ran | _broken_off(result), key=str):
            if key in seen:
                raise ReplayError(
                    f"two results hold {_named(key)}, {_difference(seen[key], result, key)}; added up they would "
                    "look like one replay that cost twice as much: compare them one by one"
                )
            seen[key] = result


def _named(key: tuple[Any, ...]) -> str:
    """Name a replay by its key."""
    job, gpu, policy, seed, *group = key
    of_group = f", group {group[0]}" if group and group[0] else ""
    return f"{policy} on {job} on {gpu}, seed {seed}{of_group}"


def _difference(first: pd.DataFrame, second: pd.DataFrame, key: tuple[Any, ...]) -> str:
    """Say in which knobs two results differ, as far as their manifests tell."""
    for one, other in product(*(manifests_of(result, *key[:2]) for result in (first, second))):
        knobs, others = ({**made.get("knobs", {}), **made["traces"]} for made in (one, other))
        if any(knobs.get(name) != others.get(name) for name in ("policy", "power_policy")):
            continue  # about another policy in the same table
        different = [
            f"{name}={knobs.get(name)!r} and {name}={others.get(name)!r}"
            for name in knobs | others
            if name != "seeds" and knobs.get(name) != others.get(name)
        ]
        if different:
            return f"made with {', '.join(different)}"
    return "made alike, as far as they say"
