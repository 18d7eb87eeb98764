"""On the bundled traces, ours and the published simulator tell the same histories, wherever the tests run."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import warnings

import pytest
from zeus._legacy.job import Job as PublishedJob
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS
from zeus._legacy.simulate import Simulator as PublishedSimulator

from simulator import list_gpus, read_groups, read_traces, replay

RECURRENCES = 60


def _published(job, traces, seed, *, group=None):
    fields = {k: v for k, v in dataclasses.asdict(job).items() if k != "higher_is_better"}
    policy = PublishedPruningGTS(seed=seed, concurrency=group is not None, verbose=False)
    simulator = PublishedSimulator(traces.train, traces.power, policy, PublishedJIT(False), seed=seed, verbose=False)
    knobs = {"job": PublishedJob(**fields), "beta_knob": 2.0, "eta_knob": 0.5}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        if group is None:
            history = simulator.simulate_one_job(num_recurrence=RECURRENCES, **knobs)
        else:
            history = simulator.simulate_one_alibaba_group(group_df=group, **knobs)
    return [(run.bs, run.pl, run.energy, run.time, run.reached) for run in history]


def _ours(table):
    columns = ["batch_size", "power_limit_w", "energy_j", "time_s", "reached"]
    return list(table[columns].itertuples(index=False, name=None))


@pytest.mark.parametrize("gpu", list_gpus())
def test_every_bundled_job_on_every_gpu(gpu):
    """Six jobs, each recurring sixty times: equal to the last bit."""
    traces = read_traces(gpu=gpu)
    assert len(traces.jobs) == 6
    for job in traces.jobs:
        table = replay(job, traces, policy="pruning-gts", seeds=1, recurrences=RECURRENCES)
        assert _ours(table) == _published(job, traces, 1), job


def test_every_bundled_group():
    """All synthetic groups, sparse and dense, of all six datasets: equal to the last bit, in the same order."""
    traces, groups = read_traces(gpu="v100"), read_groups(None)
    compared = 0
    for job in traces.jobs:
        table = replay(job, traces, policy="pruning-gts", seeds=2, groups=groups)
        for name, rows in table.groupby("group", sort=False):
            expected = _published(job, traces, 2, group=groups.loc[groups["group"] == name])
            assert _ours(rows) == expected, name
            compared += 1
    assert compared == groups["group"].nunique() > 6
