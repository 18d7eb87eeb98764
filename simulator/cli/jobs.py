"""From what a user says to jobs: those that the traces come with, or any other that they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.errors import NotInTraceError, nearest
from simulator.job import Job
from simulator.trace.validate import validate_job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from simulator.trace.traces import Traces

__all__ = ["choose_jobs"]

#: What a job that the traces say nothing about needs, and the option that says it.
_NEEDED = {"target_metric": "--target-metric", "max_epochs": "--max-epochs", "default_bs": "--default-bs"}


def choose_jobs(traces: Traces, words: Sequence[str], changes: Mapping[str, Any]) -> list[Job]:
    """Choose jobs by name.

    Parameters
    ----------
    traces
        The traces.
    words
        Datasets, networks, or "dataset,network,optimizer", in any case; each means every job that it fits. None
        means all jobs that the traces come with.
    changes
        Fields to set on each of them: target_metric, max_epochs, default_bs, default_lr.

    Returns
    -------
    list of Job
        The jobs, each once, in the order in which they are named.

    Raises
    ------
    NotInTraceError
        If a word fits nothing, or the traces come with no jobs and none is named.
    TraceError
        If the traces do not hold what was changed.
    """
    known = {job.workload: job for job in traces.jobs}
    if not words and not known:
        raise NotInTraceError(
            f"the traces {traces.name} come with no jobs; name one, --job, with {', '.join(_NEEDED.values())}; "
            f"they hold {_listed(_workloads(traces.joined))}"
        )
    others = {workload: None for workload in _workloads(traces.joined) if workload not in known}
    chosen: dict[str, Job] = dict(known) if not words else {}
    for word in words:
        fitting = _fitting(word, known) or _fitting(word, others)
        if not fitting:
            keys = [workload.split(",") for workload in (*known, *others)]
            hint = nearest(word, [name for key in keys for name in key[:2]])
            datasets = _listed(dataset for dataset, *_ in keys)
            raise NotInTraceError(f"no job {word!r} on {traces.gpu}{hint}; there are {datasets}")
        chosen |= {workload: known.get(workload) or _new_job(workload, traces, changes) for workload in fitting}
    if not changes:
        return list(chosen.values())
    jobs = [_changed(job, changes) for job in chosen.values()]
    for job in jobs:
        validate_job(job, traces.train, traces.power).raise_if_errors(job)
    return jobs


def _workloads(joined: pd.DataFrame) -> list[str]:
    """Workloads of a joined trace, as "dataset,network,optimizer"."""
    keys = joined[["dataset", "network", "optimizer"]].drop_duplicates()
    return [",".join(key) for key in keys.itertuples(index=False, name=None)]


def _fitting(word: str, workloads: Iterable[str]) -> list[str]:
    wanted = word.casefold()
    return [each for each in workloads if wanted in (each.casefold(), *each.casefold().split(",")[:2])]


def _new_job(workload: str, traces: Traces, changes: Mapping[str, Any]) -> Job:
    """Make a job of a workload that the traces hold, but say nothing about."""
    dataset, network, optimizer = workload.split(",")
    if missing := [option for name, option in _NEEDED.items() if name not in changes]:
        of_workload = traces.joined[["dataset", "network", "optimizer"]].eq([dataset, network, optimizer]).all(axis=1)
        rows = traces.joined.loc[of_workload]
        raise NotInTraceError(
            f"the traces hold {dataset} ({network}, {optimizer}), but say nothing of it as a job; add "
            f"{', '.join(missing)}. Recorded are targets {_listed(rows['target_metric'])}, batch sizes "
            f"{_listed(rows['batch_size'])}, and runs of up to {rows['target_epoch'].max():g} epochs"
        )
    return Job(dataset, network, optimizer, changes["target_metric"], changes["max_epochs"])


def _changed(job: Job, changes: Mapping[str, Any]) -> Job:
    """Set fields of a job; a learning rate belongs to its batch size, and goes when that changes."""
    rate = {} if "default_bs" not in changes else {"default_lr": None}
    return replace(job, **{**rate, **changes})


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, sorted(set(values))))
