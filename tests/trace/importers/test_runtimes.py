"""Datasets are ordered by how long their jobs train."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.errors import NotInTraceError
from simulator.trace.importers.runtimes import datasets_by_runtime
from simulator.trace.read import read_traces


def test_fastest_first_and_each_once() -> None:
    """Slower hardware makes a dataset later; a second job of a dataset does not name it twice."""
    traces = read_traces(gpu="v100")
    ordered = datasets_by_runtime(traces)
    assert sorted(ordered) == sorted({job.dataset for job in traces.jobs})
    slow = traces.power.assign(
        time_per_epoch=traces.power["time_per_epoch"].where(traces.power["dataset"] != ordered[0], 1e9)
    )
    assert datasets_by_runtime(replace(traces, power=slow)) == [*ordered[1:], ordered[0]]
    again = tuple(replace(job, max_epochs=job.max_epochs + 1) for job in traces.jobs)
    assert datasets_by_runtime(replace(traces, jobs=traces.jobs + again)) == ordered


def test_without_default_batch_sizes() -> None:
    """A job without a default trains at its fastest size, which is no slower."""
    traces = read_traces(gpu="v100")
    jobs = tuple(replace(job, default_bs=None) for job in traces.jobs)
    assert sorted(datasets_by_runtime(replace(traces, jobs=jobs))) == sorted({job.dataset for job in jobs})


def test_no_jobs() -> None:
    """Then it is for the user to say."""
    with pytest.raises(NotInTraceError, match="names no jobs; name datasets"):
        datasets_by_runtime(replace(read_traces(gpu="v100"), jobs=()))
