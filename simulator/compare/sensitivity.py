"""How much hangs on the knobs: policies replayed with one knob turned at a time, against hindsight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.fronts import ETAS
from simulator.compare.means import mean_per_recurrence
from simulator.compare.places import list_places, origins
from simulator.compare.settings import Settings
from simulator.compare.sweep import Steps, each_policy, sweep
from simulator.errors import PolicyError, ReplayError, nearest
from simulator.replay.arguments import groups_of
from simulator.replay.who import Who
from simulator.trace.expected import expected_cost
from simulator.trace.read import read_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike

    from simulator.compare.contenders import Contender
    from simulator.job import Job
    from simulator.trace.table import JobTable
    from simulator.trace.traces import Traces

__all__ = ["GRIDS", "reachable_batch_sizes", "sensitivity"]

#: Values of each knob. None: whatever batch sizes were recorded and reach the target.
GRIDS: dict[str, tuple[float, ...] | None] = {
    "eta": ETAS,
    "beta": (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, float("inf")),
    "window": (0, 5, 10, 20, 40),
    "default_bs": None,
}


def sensitivity(
    jobs: Job | Iterable[Job] | None,
    traces: Traces | str | PathLike[str] | Sequence[Traces],
    *,
    policies: Any,
    grids: Mapping[str, Iterable[float] | None] | None = None,
    seeds: int | Iterable[int] = range(100),
    eta: float = 0.5,
    beta: float = 2.0,
    recurrences: int | None = None,
    groups: pd.DataFrame | str | PathLike[str] | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Turn one knob at a time, and see what becomes of each policy.

    Parameters
    ----------
    jobs, traces
        As `simulator.compare` takes them: None means the jobs that traces come with, a directory all of its GPUs.
    policies
        One policy, or a list of them, each as `simulator.compare` takes it.
    grids
        Values of each knob to turn, of ``eta``, ``beta``, ``window`` (0: all rewards count; turned only for those
        policies that have one) and ``default_bs`` (None: all batch sizes that were recorded and reach the target at
        least once). Default: `GRIDS`.
    seeds
        Seeds, two at least; every value meets the same luck.
    eta, beta
        Where these knobs stand while another is turned; the window holds all, unless a policy's name says otherwise.
    recurrences, groups
        As `simulator.replay` takes them.
    confidence
        How often the intervals hold the mean of infinitely many seeds.
    progress
        Called after each knob of each policy at each job and GPU with how many are done and how many there are.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy, knob and value, in this order. The columns of
        `simulator.compare.means.mean_per_recurrence`: energy_j [J], time_s [s], cost [J] with their intervals, which
        are about seeds alone; and regret_pct: mean cost above that of the best fixed configuration at that η [%], the
        default batch size left out of it (`simulator.trace.expected`). NaN where seeds failed: the others were the
        luckier ones.

    Raises
    ------
    ReplayError
        If there is no such knob, a number makes no sense, or there is nothing to replay.
    PolicyError
        If a policy is unknown, or a default batch size was not recorded.
    NotInTraceError
        If the traces do not hold a job.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> found = sensitivity(
    ...     traces.jobs[0], traces, policies="default", grids={"beta": [1.5, 3]}, seeds=range(5), recurrences=4
    ... )
    >>> found[["knob", "value"]].values.tolist()
    [['beta', 1.5], ['beta', 3.0]]
    """
    settings = Settings(
        seeds=seeds,  # type: ignore[arg-type]  # it makes a list of them
        eta=eta,
        beta=beta,
        recurrences=recurrences,
        confidence=confidence,
    )
    turned = _check_grids(GRIDS if grids is None else grids)
    who = each_policy(policies, overlapping=groups is not None)
    submissions = None if groups is None else read_groups(groups)
    places = list_places(jobs, traces)
    for job, of_gpu in places:
        _check_sizes(of_gpu.table(job), turned.get("default_bs") or [])
    steps = Steps(progress, len(places) * len(who) * len(turned))
    parts = []
    for job, of_gpu in places:
        for each in who:
            for knob, values in turned.items():
                if knob != "window" or _has_window(each):
                    parts.append(_turn(job, of_gpu, each, knob, values, settings, submissions))
                steps.done()
    if not parts:
        raise ReplayError(f"none of {', '.join(each.name for each in who)} has a window; turn another knob")
    table = pd.concat(parts, ignore_index=True)
    table.attrs = origins(places, submissions)
    return table


def reachable_batch_sizes(table: JobTable) -> list[int]:
    """List the batch sizes whose recorded runs reach the target at least once, in every slice.

    Parameters
    ----------
    table
        What was recorded about a job on one GPU.

    Returns
    -------
    list of int
        Batch sizes, ascending.
    """
    reachable = np.isfinite(expected_cost(table, eta=1)).any(axis=1)
    return [int(size) for size in table.batch_sizes[reachable]]


def _check_grids(grids: Mapping[str, Iterable[float] | None]) -> dict[str, list[Any] | None]:
    """Refuse knobs that do not exist and grids without a value."""
    turned: dict[str, list[Any] | None] = {}
    for knob, values in grids.items():
        if knob not in GRIDS:
            raise ReplayError(f"there is no knob {knob!r}; knobs are {', '.join(GRIDS)}{nearest(knob, GRIDS)}")
        listed = None if values is None else list(values)
        if not listed and not (knob == "default_bs" and listed is None):
            raise ReplayError(f"the grid of {knob} has no value; give some, or leave the knob out")
        turned[knob] = listed
    if not turned:
        raise ReplayError(f"grids is empty; name at least one knob of {', '.join(GRIDS)}")
    return turned


def _check_sizes(table: JobTable, sizes: list[Any]) -> None:
    """Refuse default batch sizes that were not recorded, whether or not a policy asks for its default."""
    known = table.batch_sizes.tolist()
    if wrong := [size for size in sizes if size not in known]:
        raise PolicyError(f"default_bs is {wrong[0]:g}, but {table.job} was recorded with {', '.join(map(str, known))}")


def _has_window(who: Contender) -> bool:
    try:
        Who(who.policy, who.power_policy, window=1)
    except (PolicyError, ReplayError):  # it has none, or a window of its own
        return False
    return True


def _turn(
    job: Job,
    traces: Traces,
    who: Contender,
    knob: str,
    values: list[Any] | None,
    settings: Settings,
    groups: pd.DataFrame | None,
) -> pd.DataFrame:
    """Replay a policy for all values of a knob."""
    table = traces.table(job)
    if knob == "default_bs":
        sizes = reachable_batch_sizes(table) if values is None else values
        variants = {str(variant): variant for variant in (replace(job, default_bs=size) for size in sizes)}
        means = mean_per_recurrence(
            sweep(list(variants.values()), traces, who, settings=settings, groups=groups),
            confidence=settings.confidence,
        )
        value = means["job"].map(lambda name: variants[name].default_bs)
    else:
        replays = sweep(job, traces, who, settings=settings, groups=groups, **{knob: values or []})
        means = mean_per_recurrence(replays, confidence=settings.confidence)
        value = means.pop(knob)
    scale = 1.0 if groups is None else groups_of(job, groups)["runtime_ratio"].mean()
    etas = value if knob == "eta" else np.full(len(means), settings.eta)
    best = scale * np.array([expected_cost(table, eta=eta).min() for eta in etas])
    regret = (100 * (means["cost"] / best - 1)).where(means["failed_seeds"] == 0)
    # A window is part of a policy's name in replays; here it is the value.
    who_and_what = {"job": str(job), "gpu": traces.gpu, "policy": who.name, "knob": knob, "value": value.astype(float)}
    amounts = means.drop(columns=["job", "gpu", "policy"])
    table_of_knob = pd.DataFrame(who_and_what, index=means.index)
    return pd.concat([table_of_knob, amounts.assign(regret_pct=regret)], axis=1)
