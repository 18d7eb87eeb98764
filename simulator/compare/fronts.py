"""Fronts of time and energy over what policies did: over η, and over policies.

The front over recorded configurations is `simulator.compare.front.configurations`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.comparison import Comparison
from simulator.compare.front import on_front
from simulator.compare.means import mean_per_recurrence, with_ends
from simulator.compare.places import list_places, origins
from simulator.compare.results import WHO
from simulator.compare.settings import Settings
from simulator.compare.sweep import Steps, each_policy, sweep
from simulator.trace.read import read_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike

    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["ETAS", "eta_front", "policy_front"]

#: Values of η from time alone to energy alone.
ETAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def eta_front(
    jobs: Job | Iterable[Job] | None,
    traces: Traces | str | PathLike[str] | Sequence[Traces],
    *,
    policies: Any,
    etas: Sequence[float] = ETAS,
    seeds: int | Iterable[int] = range(100),
    beta: float = 2.0,
    recurrences: int | None = None,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Find what each policy makes of η: energy against time, and which values are worth choosing.

    A policy that learns does not get onto the front of configurations: it pays for what it tries. The late columns show
    where it ends up.

    Parameters
    ----------
    jobs, traces
        As `simulator.compare` takes them: None means the jobs that traces come with, a directory all of its GPUs.
    policies
        One policy, or a list of them, each as `simulator.compare` takes it.
    etas
        Values of η, 0 to 1.
    seeds
        Seeds, two at least; every value of η meets the same luck.
    beta, recurrences, groups
        As `simulator.replay` takes them.
    confidence
        How often the intervals hold the mean of infinitely many seeds.
    progress
        Called after each policy at each job and GPU with how many are done and how many there are.

    Returns
    -------
    pandas.DataFrame
        The columns of `simulator.compare.means.mean_per_recurrence`, among them eta. on_front: whether no other η of
        this policy takes less of both energy and time per recurrence; late_on_front: likewise for the last five. Where
        seeds failed neither is claimed, nor held against others. Intervals are about seeds alone.

    Raises
    ------
    ReplayError
        If a number makes no sense, or there is nothing to replay.
    PolicyError
        If a policy is unknown.
    NotInTraceError
        If the traces do not hold a job.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> front = eta_front(traces.jobs[0], traces, policies="default", etas=[0, 1], seeds=range(5), recurrences=4)
    >>> front[["eta", "on_front", "late_on_front"]].values.tolist()
    [[0.0, True, True], [1.0, True, True]]
    """
    settings = Settings(
        seeds=seeds,  # type: ignore[arg-type]  # it makes a list of them
        beta=beta,
        recurrences=recurrences,
        confidence=confidence,
    )
    etas = [replace(settings, eta=eta).eta for eta in etas]
    who = each_policy(policies, overlapping=groups is not None)
    submissions = None if groups is None else read_groups(groups)
    places = list_places(jobs, traces)
    steps = Steps(progress, len(places) * len(who))
    parts = []
    for job, of_gpu in places:
        for each in who:
            replays = sweep(job, of_gpu, each, settings=settings, groups=submissions, eta=etas)
            parts.append(mean_per_recurrence(replays, confidence=settings.confidence))
            steps.done()
    table = _with_fronts(pd.concat(parts, ignore_index=True), WHO)
    table.attrs = origins(places, submissions)
    return table


def policy_front(found: pd.DataFrame | Comparison, *, confidence: float = 0.95) -> pd.DataFrame:
    """Find which policies are worth choosing: no other takes less of both energy and time.

    Parameters
    ----------
    found
        A table of replays (``detail="replays"``), those of several policies under one another; or a comparison, whose
        intervals count the luck of the recorded runs as well.
    confidence
        How often the intervals hold the truth; a comparison has its own.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy, and knob that varies: energy_j [J] and time_s [s], means per recurrence, with
        energy_low_j, energy_high_j, time_low_s, time_high_s; on_front among all rows of its job and GPU. Where replays
        broke off it is neither claimed, nor held against others. Of a table of replays also the other columns of
        `simulator.compare.means.mean_per_recurrence` and late_on_front, of a comparison failed_pct.

    Raises
    ------
    ReplayError
        If it is no table of replays, or holds one twice.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> found = simulator.compare(
    ...     traces.jobs[0], traces, policies=["default+full", "random"], seeds=range(4), recurrences=5, resamples=4
    ... )
    >>> policy_front(found)["on_front"].tolist()
    [True, False]
    """
    if isinstance(found, Comparison):
        table = _with_fronts(_of_comparison(found), ["job", "gpu"])
        table.attrs = {"manifest": {"replays": found.manifest["replays"]}}
        return table
    table = _with_fronts(mean_per_recurrence(found, confidence=confidence), ["job", "gpu"])
    table.attrs = dict(found.attrs)
    return table


def _of_comparison(found: Comparison) -> pd.DataFrame:
    """Take the means of a comparison, per recurrence."""
    table = found.policies.loc[found.policies["statistic"] == "mean"]
    recurrences = found.pairs.set_index(["job", "gpu"])["recurrences"].to_dict()
    rows = []
    for (job, gpu, policy), of_policy in table.groupby(WHO, sort=False):
        measured = of_policy.set_index("measure")
        row: dict[str, Any] = {"job": job, "gpu": gpu, "policy": policy}
        for name in ("energy_j", "time_s"):
            ends = measured.loc[name, ["estimate", "low", "high"]] / recurrences[job, gpu]
            row |= with_ends(name, ends)
        rows.append(row | {"failed_pct": measured.loc["energy_j", "failed_pct"]})
    return pd.DataFrame(rows)


def _with_fronts(table: pd.DataFrame, among: list[str]) -> pd.DataFrame:
    """Add which rows are on the front among those that agree in some columns."""
    lost = table["failed_seeds" if "failed_seeds" in table.columns else "failed_pct"] > 0
    for front in ("on_front", "late_on_front"):
        energy, time = (front.replace("on_front", name) for name in ("energy_j", "time_s"))
        if energy in table.columns:
            marked = np.zeros(len(table), bool)
            known = table[energy].notna() & table[time].notna() & ~lost
            for at in table[known].groupby(among, sort=False).indices.values():
                rows = np.flatnonzero(known)[at]
                marked[rows] = on_front(table[energy].iloc[rows], table[time].iloc[rows])
            table[front] = marked
    return table
