"""What a result table says about itself: which replays it holds, which broke off, and whether its traces were real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.errors import ReplayError
from simulator.job import Job
from simulator.replay.result import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["combine", "failures", "headline", "manifests", "per_recurrence"]

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
        If there is none.
    """
    results = list(results)
    if not results:
        raise ReplayError("there is no result to combine; replay at least one job under one policy")
    # A replay that broke off at once has no rows, and no types: they would spoil those of the others.
    filled = [result for result in results if len(result)] or results[:1]
    table = pd.concat(filled, ignore_index=True)
    table.attrs = {
        "manifest": {"replays": [manifest for result in results for manifest in manifests(result)]},
        "failures": [failure for result in results for failure in result.attrs.get("failures", ())],
    }
    return table


def manifests(result: pd.DataFrame) -> list[dict[str, Any]]:
    """List how the replays of a table were made, one manifest each; empty if the table does not say."""
    manifest = result.attrs.get("manifest", {})
    return list(manifest.get("replays", [manifest] if manifest else []))


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


def headline(result: pd.DataFrame, *, who: tuple[str, str] | None = None) -> str:
    """Say in one line which job on which GPU a table is about, and whether its traces are synthetic or predicted.

    Parameters
    ----------
    result
        Result table.
    who
        The texts of the job and the GPU that are meant; None means the only ones in the table.

    Raises
    ------
    ReplayError
        If nothing is meant, and the table is about several, or about none.
    """
    who = who or _one_job(result)
    made = [manifest for manifest in manifests(result) if _who(manifest) == who]
    name, gpu = who
    if made:
        job = Job(**made[0]["job"])
        size = "" if job.default_bs is None else f", default batch size {job.default_bs}"
        name = f"{job.dataset} ({job.network}, {job.optimizer}, target {job.target_metric:g}{size})"
    kinds = {kind for kind in ("predicted", "synthetic") for manifest in made if manifest["traces"].get(kind)}
    return f"{name} on {gpu}" + (f" – {' and '.join(sorted(kinds)).upper()} traces" if kinds else "")


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
        If it is no result table.
    """
    if missing := [column for column in COLUMNS if column not in result.columns]:
        raise ReplayError(
            f"this is no result table: it lacks {', '.join(missing)}; give what simulator.replay returned, or read "
            "one with pandas.read_parquet"
        )
    replay = [*WHO, "seed", *(["group"] if "group" in result.columns else [])]
    failed = {tuple(failure.get(key) for key in replay) for failure in result.attrs.get("failures", ())}
    runs = pd.DataFrame(result, copy=False)
    runs.attrs = {}  # pandas copies attributes at every step
    if failed:
        runs = runs.loc[[key not in failed for key in runs[replay].itertuples(index=False, name=None)]]
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


def _who(manifest: Mapping[str, Any]) -> tuple[str, str]:
    return str(Job(**manifest["job"])), manifest["traces"]["gpu"]


def _one_job(result: pd.DataFrame) -> tuple[str, str]:
    """Name the one job and the one GPU that a table is about."""
    found = result[["job", "gpu"]].drop_duplicates()
    if len(found) != 1:
        which = "; ".join(f"{job} on {gpu}" for job, gpu in found.itertuples(index=False)) or "no run at all"
        raise ReplayError(
            f"one job on one GPU is needed, and this table holds {which}; choose: "
            "result[(result['job'] == ...) & (result['gpu'] == ...)]"
        )
    job, gpu = found.iloc[0]
    return str(job), str(gpu)
