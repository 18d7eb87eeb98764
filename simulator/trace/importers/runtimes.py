"""Which dataset trains faster than which, so that groups of submissions can be matched with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import NotInTraceError
from simulator.trace.expected import expected_energy_time

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["datasets_by_runtime"]


def datasets_by_runtime(traces: Traces) -> list[str]:
    """Order the datasets of recorded jobs by how long one is expected to train, the fastest first.

    A job trains as its user would run it: at the default batch size and the largest power limit; without a default, at
    its fastest batch size.

    Parameters
    ----------
    traces
        Traces with jobs.

    Returns
    -------
    list of str
        Each dataset once, at the runtime of its fastest job.

    Raises
    ------
    NotInTraceError
        If the traces name no job.

    Examples
    --------
    >>> from simulator.trace.read import read_traces
    >>> datasets_by_runtime(read_traces(gpu="v100"))[0]
    'movielens-1m'
    """
    if not traces.jobs:
        raise NotInTraceError(f"{traces.name} names no jobs; name datasets, the one that trains fastest first")
    ordered = sorted(traces.jobs, key=lambda job: (_expected_time_s(job, traces), str(job)))
    return list(dict.fromkeys(job.dataset for job in ordered))


def _expected_time_s(job: Job, traces: Traces) -> float:
    table = traces.table(job)
    times = expected_energy_time(table)[1][:, -1]
    at_default = times[table.batch_sizes == job.default_bs]
    return float(times.min() if job.default_bs is None else at_default.min(initial=np.inf))
