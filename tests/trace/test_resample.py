"""Recorded runs, drawn again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small import JOB, TRACES, WORKLOAD, make_traces

import simulator
from simulator import Job, Traces
from simulator.trace.expected import expected_cost
from simulator.trace.resample import RecordedRuns


def resampled_by_hand(traces, drawn):
    """The table of traces whose train trace holds the runs drawn, made from scratch."""
    train = traces.train.iloc[drawn].reset_index(drop=True)
    return Traces(train=train, power=traces.power, gpu=traces.gpu).table(JOB)


def assert_same(table, other):
    for name in ("path_first", "path_count", "target_epoch", "epoch_energy_j", "epoch_time_s", "profile_power_w"):
        assert np.array_equal(getattr(table, name), getattr(other, name), equal_nan=True), name


@pytest.mark.parametrize("slices", [None, (0, 1, 2)])
def test_a_world_is_what_the_same_traces_with_these_runs_would_be(slices):
    """Equal to a table made from scratch of a train trace that holds the runs drawn, drifting or not."""
    traces = make_traces({8: [4.0, 5.0, 6.0], 16: [7.0], 32: [9.0, np.nan, 12.0, 20.0]}, slices=slices)
    recorded = RecordedRuns.of(traces, JOB)
    for drawn in recorded.draw(20, seed=3):
        assert_same(recorded.world(drawn), resampled_by_hand(traces, drawn))
    unchanged = np.arange(len(recorded.stratum))
    assert recorded.world(unchanged).content_hash == traces.table(JOB).content_hash


def test_a_run_moves_as_a_whole():
    """At every power limit and in every measurement a world has the same runs."""
    chance = np.random.default_rng(1)
    power = pd.concat([TRACES.power, TRACES.power.assign(time_per_epoch=TRACES.power["time_per_epoch"] * 1.1)])
    power = power.assign(average_power=chance.uniform(80, 90, len(power)))
    traces = Traces(train=TRACES.train, power=power)
    recorded = RecordedRuns.of(traces, JOB)
    assert len(recorded.run_of_path) == 7 * 2 * 2
    for drawn in recorded.draw(10, seed=1):
        assert_same(recorded.world(drawn), resampled_by_hand(traces, drawn))


def test_runs_are_drawn_within_their_batch_size_and_slice():
    """As many as there were, each as likely; what was recorded once stays."""
    traces = make_traces({8: [4.0, 5.0, 6.0], 16: [7.0]}, slices=(0, 1))
    recorded = RecordedRuns.of(traces, JOB)
    assert [tuple(stratum)[:3] for stratum in recorded.strata] == [(0, 8, 3), (0, 16, 1), (1, 8, 3), (1, 16, 1)]
    drawn = recorded.draw(3000, seed=5)
    assert (recorded.stratum[drawn] == recorded.stratum).all()
    for run in range(len(recorded.stratum)):
        runs = recorded.strata[recorded.stratum[run]].runs
        assert (drawn == run).sum(axis=1).mean() == pytest.approx(1, abs=0.1)
        assert (drawn[:, run] == run).mean() == pytest.approx(1 / runs, abs=0.05)


def test_gpus_and_targets_of_a_job_share_their_draws():
    """They have the same recorded runs; another seed or workload draws others."""
    runs = {8: [4.0, 5.0, 6.0], 16: [7.0, 8.0]}
    first = RecordedRuns.of(make_traces(runs), JOB)
    other = RecordedRuns.of(make_traces(runs, limits=(90, 120, 300)), JOB)
    drawn = first.draw(50, seed=2)
    assert (drawn == other.draw(50, seed=2)).all()
    assert (drawn != first.draw(50, seed=3)).any()
    without = RecordedRuns.of(make_traces({16: [7.0, 8.0]}), JOB)
    assert (without.draw(50, seed=2) == drawn[:, 3:] - 3).all()
    train = make_traces(runs).train.assign(network="m")
    renamed = Traces(train=train, power=make_traces(runs).power.assign(network="m"))
    job = Job("d", "m", "adam", 0.5, 20, default_bs=16)
    assert (RecordedRuns.of(renamed, job).draw(50, seed=2) != drawn).any()


def test_runs_that_met_other_power_measurements_do_not_stand_for_one_another():
    """Where learning rates join runs with limits of their own, a stratum holds those of one kind."""
    train = pd.DataFrame(
        {**WORKLOAD, "batch_size": 8, "learning_rate": rate, "target_metric": 0.5, "target_epoch": float(epoch)}
        for rate, epoch in (("1e-1", 4), ("1e-2", 5), ("1e-1", 6))
    )
    power = pd.DataFrame(
        {**WORKLOAD, "batch_size": 8, "learning_rate": rate, "power_limit": limit, "time_per_epoch": 9.0,
         "average_power": 80.0}
        for rate, limit in (("1e-1", 100), ("1e-1", 200), ("1e-2", 200))
    )  # fmt: skip
    recorded = RecordedRuns.of(Traces(train=train, power=power), JOB)
    assert sorted(stratum.runs for stratum in recorded.strata) == [1, 2]
    assert [stratum.kind for stratum in recorded.strata] == [0, 1]
    for drawn in recorded.draw(20, seed=1):
        assert drawn[1] == 1
        assert np.isfinite(recorded.world(drawn).target_epoch).all()


def test_the_traces_stay_as_they_are():
    """A world is another world, with the MAXPOWER of this one; nothing that was recorded changes."""
    traces = simulator.read_traces(gpu="v100")
    table = traces.table(traces.jobs[0])
    before, recorded = table.content_hash, RecordedRuns.of(traces, traces.jobs[0])
    world = recorded.world(recorded.draw(1, seed=1)[0])
    assert (expected_cost(world, eta=0.5) != expected_cost(table, eta=0.5)).any()
    assert world.max_power_w == table.max_power_w
    assert traces.table(traces.jobs[0]).content_hash == before
