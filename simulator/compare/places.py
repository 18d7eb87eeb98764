"""Where policies are compared: jobs on GPUs, and what is known there beforehand."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import ReplayError
from simulator.replay.arguments import check_job, count_recurrences, groups_of, take_traces
from simulator.replay.manifest import make_manifest
from simulator.trace.clairvoyant import clairvoyant_cost
from simulator.trace.expected import expected_cost
from simulator.trace.read import list_gpus, read_traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.compare.settings import Settings
    from simulator.job import Job
    from simulator.trace.resample import RecordedRuns
    from simulator.trace.table import JobTable
    from simulator.trace.traces import Traces

__all__ = ["describe", "list_places", "origins", "yardsticks"]


def list_places(
    jobs: Job | Iterable[Job] | None, traces: Traces | str | PathLike[str] | Sequence[Traces]
) -> list[tuple[Job, Traces]]:
    """Pair each job with the traces of each GPU.

    Parameters
    ----------
    jobs
        One job or several; None: for each GPU those that its traces come with.
    traces
        What was recorded, on one GPU or several; a directory means all of its GPUs.

    Returns
    -------
    list of tuple of Job and Traces
        In the order given.

    Raises
    ------
    ReplayError
        If there is none, or one stands twice.
    """
    if isinstance(traces, str | PathLike):
        of_gpus = [read_traces(traces, gpu=gpu) for gpu in list_gpus(traces)]
    else:
        several: list[Any] = list(traces) if isinstance(traces, list | tuple) else [traces]
        of_gpus = [take_traces(each) for each in several]
    if jobs is None:
        places = [(job, of_gpu) for of_gpu in of_gpus for job in of_gpu.jobs]
    else:
        all_jobs = list(jobs) if isinstance(jobs, Iterable) and not isinstance(jobs, str) else [jobs]
        for job in all_jobs:
            check_job(job)
        places = [(job, of_gpu) for job in all_jobs for of_gpu in of_gpus]
    if not places:
        raise ReplayError("there is nothing to compare on; give the traces of a GPU, and a job if they come with none")
    called = [f"{job} on {of_gpu.gpu}" for job, of_gpu in places]
    if twice := {name for name in called if called.count(name) > 1}:
        raise ReplayError(f"{', '.join(sorted(twice))} stands twice; give each job, and the traces of each GPU, once")
    return places


def origins(places: Iterable[tuple[Job, Traces]], groups: pd.DataFrame | None = None) -> dict[Hashable | None, Any]:
    """Say where a table about several jobs and GPUs comes from, as ``attrs`` that `manifests` understands.

    Parameters
    ----------
    places
        Jobs, each with the traces of a GPU.
    groups
        Submissions that were replayed, of any dataset; None: there were none.

    Returns
    -------
    dict
        ``manifest``, with a manifest for each place.
    """
    made = [
        make_manifest(job, of_gpu, None if groups is None else groups_of(job, groups), {}) for job, of_gpu in places
    ]
    return {"manifest": {"replays": made}}


def describe(
    job: Job, traces: Traces, recorded: RecordedRuns, *, settings: Settings, groups: pd.DataFrame | None
) -> dict[str, Any]:
    """Say what was recorded of a job on a GPU, and which configuration hindsight would choose.

    Parameters
    ----------
    job, traces, recorded
        The job, and what was recorded of it.
    settings
        How it is replayed.
    groups
        Submissions that may overlap, of any dataset; None: the job recurs.

    Returns
    -------
    dict
        A row of `simulator.compare.Comparison.pairs`.
    """
    table = traces.table(job)
    expected = expected_cost(table, eta=settings.eta)
    size, limit = np.unravel_index(expected.argmin(), expected.shape)
    single = sorted({stratum.batch_size for stratum in recorded.strata if stratum.runs == 1})
    submissions = None if groups is None else groups_of(job, groups)
    return {
        "job": str(job),
        "gpu": traces.gpu,
        "dataset": job.dataset,
        "workload": job.workload,
        "recurrences": len(_ratios(table, settings, submissions)),
        "recorded_runs": len(recorded.stratum),
        "batch_sizes": len(table.batch_sizes),
        "single_run_sizes": len(single),
        "which_single": ", ".join(map(str, single)),
        "best_batch_size": int(table.batch_sizes[size]),
        "best_power_limit_w": int(table.power_limits_w[limit]),
        "synthetic": traces.synthetic,
        "predicted": traces.predicts(job),
        "overlapping": submissions is not None,
        "synthetic_groups": submissions is not None and bool(submissions.attrs.get("synthetic", False)),
    }


def yardsticks(table: JobTable, *, settings: Settings, groups: pd.DataFrame | None) -> dict[str, float]:
    """Price all recurrences of a replay for those who know beforehand: oracle_cost and clairvoyant_cost [J]."""
    ratio = _ratios(table, settings, None if groups is None else groups_of(table.job, groups)).sum()
    return {
        "oracle_cost": float(ratio * expected_cost(table, eta=settings.eta).min()),
        "clairvoyant_cost": float(ratio * clairvoyant_cost(table, eta=settings.eta)),
    }


def _ratios(table: JobTable, settings: Settings, submissions: pd.DataFrame | None) -> NDArray[np.float64]:
    """By how much each recurrence is scaled."""
    if submissions is not None:
        return submissions["runtime_ratio"].to_numpy(float)
    return np.ones(count_recurrences(settings.recurrences, grouped=False, table=table))
