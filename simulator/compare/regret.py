"""How far each recurrence was from the best fixed configuration, which only hindsight knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.manifests import manifests_of
from simulator.compare.ratios import runtime_ratios
from simulator.compare.results import WHO, per_recurrence
from simulator.cost import energy_time_cost
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["regret"]

_NEEDED = ("batch_size", "power_limit_w", "energy_j", "time_s")


def regret(
    result: pd.DataFrame, configurations: pd.DataFrame, *, groups: pd.DataFrame | str | PathLike[str] | None = None
) -> pd.DataFrame:
    """Compare what each recurrence cost with the expected cost of the best fixed configuration.

    In recurrence t of a replay::

        regret_j(t) = cost(t) − ratio(t) · min over configurations c of cost(c)
        cost(c)     = η · energy_j(c) + (1 − η) · MAXPOWER · time_s(c)

    cost(t) is what all tries of the recurrence cost, failed ones included; η and MAXPOWER are those of the replay, as
    its manifest says. ratio(t) is 1, but for submissions in groups: there it is the submission's runtime_ratio. Where
    the job drifts, the least is over the configurations of the slice that recurrence t trains on.

    The yardstick is an expectation over the recorded runs (`simulator.trace.expected`), tried again until the target is
    reached, with neither early stopping nor profiling. So a single regret may be below zero: the run had luck, or was
    stopped in time. Replays that broke off are left out; ``attrs["failures"]`` lists them still, and
    `simulator.compare.failures` counts them.

    Parameters
    ----------
    result
        What `simulator.replay` returned, one row a run, or several such tables that `simulator.compare.combine` put
        together.
    configurations
        What each configuration costs: batch_size, power_limit_w [W], energy_j [J], time_s [s], and job and gpu if the
        result is about several; for a job that drifts, slice. `simulator.compare.every_configuration` makes it, and
        ``simulator replay`` writes it as ``configurations.parquet``.
    groups
        The submissions that were replayed, as `simulator.replay` takes them; needed if the result has groups.

    Returns
    -------
    pandas.DataFrame
        One row a recurrence, in order: job, gpu, policy, seed, group (if the result has groups), recurrence; slice (if
        any job drifts); cost [J], best_cost [J], regret_j [J], and cumulative_regret_j [J]: the sum up to and with this
        recurrence. ``attrs`` are those of the result.

    Raises
    ------
    ReplayError
        If one of the tables lacks something, the result does not say how it was made, or a configuration is missing.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> job = traces.jobs[0]
    >>> result = simulator.replay(job, traces, policy="oracle", power_policy="oracle", seeds=0, recurrences=3)
    >>> found = regret(result, simulator.compare.every_configuration(job, traces))
    >>> found["recurrence"].tolist(), bool(found["best_cost"].nunique() == 1)
    ([0, 1, 2], True)
    """
    known = _checked(configurations)
    table = per_recurrence(result)
    table["ratio"] = runtime_ratios(result, table, groups)
    parts = [_of_policy(rows, known, result) for _, rows in table.groupby(WHO, sort=False)]
    replay = [*WHO, "seed", *(["group"] if "group" in table.columns else [])]
    found = pd.concat(parts).sort_index() if parts else table.assign(cost=0.0, best_cost=0.0)
    found["regret_j"] = found["cost"] - found["best_cost"]
    found["cumulative_regret_j"] = found.groupby(replay, sort=False)["regret_j"].cumsum()
    drifts = ["slice"] if "slice" in found.columns and found["slice"].notna().any() else []
    found = found[[*replay, "recurrence", *drifts, "cost", "best_cost", "regret_j", "cumulative_regret_j"]]
    found.attrs = dict(result.attrs)
    return found


def _checked(configurations: pd.DataFrame) -> pd.DataFrame:
    if missing := [name for name in _NEEDED if name not in configurations.columns]:
        raise ReplayError(
            f"this is no table of configurations: it lacks {', '.join(missing)}; give what "
            "simulator.compare.every_configuration returned, or configurations.parquet of a results folder"
        )
    return configurations


def _of_policy(rows: pd.DataFrame, known: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Add best_cost, and the slice if the job drifts, to the recurrences of one policy on one job and GPU."""
    job, gpu, policy = (str(rows[name].iloc[0]) for name in WHO)
    made = _made(result, job, gpu, policy)
    here = _of_place(known, job, gpu)
    eta, traces = _eta(result, rows, made), made["traces"]
    if "max_power_w" not in traces:
        raise ReplayError(
            f"the manifest of {job} on {gpu} does not say the largest power limit of the traces, which "
            "costs depend on; replay again with this version"
        )
    costs = energy_time_cost(
        here["energy_j"].to_numpy(float), here["time_s"].to_numpy(float), eta=eta, max_power_w=traces["max_power_w"]
    )
    slices = traces.get("slices")
    if slices is None:
        return rows.assign(best_cost=rows["ratio"] * costs.min())
    if "slice" not in here.columns or here["slice"].isna().any():
        raise ReplayError(
            f"{job} drifts, and the configurations do not say in which slice they cost what; give what "
            "simulator.compare.every_configuration returned"
        )
    of_slice = pd.Series(costs).groupby(here["slice"].to_numpy(np.int64)).min()
    of_rows = np.asarray(slices)[rows["recurrence"].to_numpy()]
    if lost := sorted(set(of_rows.tolist()) - set(of_slice.index)):
        raise ReplayError(f"the configurations hold nothing about slice {lost[0]} of {job} on {gpu}")
    best = of_slice.reindex(of_rows).to_numpy()
    return rows.assign(slice=pd.array(of_rows, "Int64"), best_cost=rows["ratio"].to_numpy() * best)


def _made(result: pd.DataFrame, job: str, gpu: str, policy: str) -> dict[str, Any]:
    """Find the manifest of a policy on a job and a GPU."""
    found = [made for made in manifests_of(result, job, gpu) if _label(made) in (policy, None)]
    if not found:
        raise ReplayError(
            f"this table does not say with which knobs {policy} was replayed on {job} on {gpu}; give it with its "
            "attributes, as simulator.replay returned it"
        )
    return found[0]


def _label(made: dict[str, Any]) -> str | None:
    """Name the policy that a manifest is about, as result tables do; None if it does not say."""
    knobs = made.get("knobs", {})
    if "policy" not in knobs:
        return None
    power = knobs.get("power_policy", "jit")
    return str(knobs["policy"]) + ("" if power == "jit" else f"+{power}")


def _eta(result: pd.DataFrame, rows: pd.DataFrame, made: dict[str, Any]) -> float:
    if "eta" in result.columns:  # it varied; of several values the replays would stand twice, which was refused
        same = (result[WHO] == rows[WHO].iloc[0]).all(axis=1)
        return float(result.loc[same, "eta"].iloc[0])
    return float(made["knobs"]["eta"])


def _of_place(known: pd.DataFrame, job: str, gpu: str) -> pd.DataFrame:
    here = np.ones(len(known), bool)
    for name, value in (("job", job), ("gpu", gpu)):
        if name in known.columns:
            here &= (known[name] == value).to_numpy()
    if not here.any():
        raise ReplayError(f"the configurations hold nothing about {job} on {gpu}; make them of the same traces")
    return known.loc[here]
