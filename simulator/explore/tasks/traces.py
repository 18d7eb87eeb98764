"""Traces of cells, as they were recorded or as a task has made them, and their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.errors import ReplayError
from simulator.explore.config import Recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["common_jobs", "only_job", "read"]


def read(source: Any) -> Traces:
    """Read traces.

    Parameters
    ----------
    source
        What was recorded, or a task that has recorded it, which says where by its method ``recorded()``.

    Raises
    ------
    ConfigError
        If they are no longer those that were planned with.
    ReplayError
        If the task records no traces.
    """
    if isinstance(source, Recorded):
        return source.read()
    recorded = getattr(source, "recorded", None)
    if recorded is None:
        raise ReplayError(
            f"{type(source).__name__} has no traces; a task whose traces others replay has a method recorded() that "
            "returns simulator.explore.Recorded(...)"
        )
    traces: Traces = recorded().read()
    return traces


def only_job(traces: Traces) -> Job:
    """Give the one job that traces come with.

    Raises
    ------
    ReplayError
        If they come with none, or several.
    """
    if len(traces.jobs) == 1:
        return traces.jobs[0]
    jobs = "; ".join(map(str, traces.jobs)) or "none"
    raise ReplayError(f"job is None, but the traces {traces.name} on {traces.gpu} do not come with one job: {jobs}")


def common_jobs(several: Sequence[Traces]) -> tuple[Job, ...]:
    """Give the jobs that all of several traces come with.

    Raises
    ------
    ReplayError
        If they come with none, or not with the same: a default batch size may not fit on all GPUs.
    """
    jobs = dict.fromkeys(tuple(traces.jobs) for traces in several)
    if len(jobs) == 1 and (found := next(iter(jobs))):
        return found
    gpus = ", ".join(traces.gpu for traces in several)
    raise ReplayError(
        f"jobs is None, but the traces on {gpus} come with {'different jobs' if len(jobs) > 1 else 'none'}; name the "
        "jobs, or make a cell for each GPU"
    )
