"""`replay`: one table for everything, made again from the same arguments."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from small import JOB, TRACES, Fixed, make_traces

from simulator import Job, Simulator, replay
from simulator.errors import ConvergenceError, ReplayError
from simulator.policy import GTSBatchSizeOptimizer, JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer
from simulator.replay.frames import COLUMNS


def test_the_table_has_the_agreed_columns():
    """A result has exactly the agreed columns, with their types and units in their names."""
    table = replay(JOB, TRACES, policy="default", seeds=[0, 1], recurrences=3)
    assert list(table.columns) == list(COLUMNS)
    for name, kind in COLUMNS.items():
        assert table[name].dtype == ("int64" if name == "seed" else pd.Series([], dtype=kind).dtype), name
    assert list(table["recurrence"]) == [0, 1, 2] * 2
    assert list(table["seed"]) == [0, 0, 0, 1, 1, 1]
    assert set(table["job"]) == {str(JOB)}
    assert set(table["gpu"]) == {"v100"}


def test_every_row_is_priced_by_hand():
    """Energy, time and cost of a profiled first run and of a later one are those of the definition."""
    table = replay(JOB, make_traces({16: [6.0]}), policy="default", power_policy="jit", seeds=0, recurrences=2, eta=0.5)
    epoch_s = {w: 100.0 / 16 * (250 / w) ** 0.5 for w in (100, 200)}
    epoch_j = {w: epoch_s[w] * (w * 0.9) for w in (100, 200)}
    costs = {w: (0.5 * (w * 0.9) + 0.5 * 200) * epoch_s[w] for w in (200, 100)}
    limit = min(costs, key=costs.__getitem__)
    first, second = table.iloc[0], table.iloc[1]
    assert first["profiled"]
    assert not second["profiled"]
    assert first["power_limit_w"] == second["power_limit_w"] == limit
    assert first["energy_j"] == (epoch_j[100] + epoch_j[200]) / 2 + epoch_j[limit] * 5
    assert second["energy_j"] == epoch_j[limit] * 6
    assert second["time_s"] == epoch_s[limit] * 6
    assert second["cost"] == 0.5 * second["energy_j"] + 0.5 * 200 * second["time_s"]
    assert second["started_s"] == first["ended_s"] == first["time_s"]
    assert second["ended_s"] == first["time_s"] + second["time_s"]


def test_the_same_arguments_give_the_same_table():
    """Nothing is random beyond the seed, under either discipline of chance."""
    for draws in ("published", "keyed"):
        first, second = (replay(JOB, TRACES, policy="random", seeds=range(3), draws=draws) for _ in range(2))
        pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_seeds_are_independent_of_their_company():
    """A seed's rows do not depend on which other seeds were asked for, or in which order."""
    together = replay(JOB, TRACES, policy="random", seeds=[5, 3, 4])
    alone = replay(JOB, TRACES, policy="random", seeds=3)
    rows = together.loc[together["seed"] == 3].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, alone, check_exact=True)


def test_a_table_survives_parquet(tmp_path):
    """Written and read back, a result is the same to the last bit, its manifest included."""
    table = replay(JOB, TRACES, policy="random", seeds=range(2), recurrences=4)
    table.to_parquet(tmp_path / "result.parquet")
    back = pd.read_parquet(tmp_path / "result.parquet")
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    assert back.attrs == table.attrs


def test_recurrences_default_to_twice_all_configurations():
    """Without a number, a job recurs 2·|batch sizes|·|power limits| times."""
    table = replay(JOB, TRACES, policy="default", seeds=0)
    assert table["recurrence"].max() + 1 == 2 * 4 * 2


@pytest.mark.parametrize(
    "policy",
    [
        "pruning-gts",
        PruningGTSBatchSizeOptimizer(seed=99, verbose=False),
        PruningGTSBatchSizeOptimizer,
        lambda seed: PruningGTSBatchSizeOptimizer(seed=seed),
    ],
    ids=["name", "instance", "class", "factory"],
)
def test_a_policy_is_a_name_an_instance_or_a_factory(policy):
    """All ways to say a policy give the same runs; an instance is copied and seeded, and learns nothing itself."""
    expected = Simulator(
        TRACES.train, TRACES.power, PruningGTSBatchSizeOptimizer(seed=7), JITPowerLimitOptimizer(), seed=7
    ).simulate_one_job(JOB, 30, 2.0, 0.5)
    for _ in range(2):
        table = replay(JOB, TRACES, policy=policy, seeds=7, recurrences=30)
        assert list(table["energy_j"]) == [run.energy for run in expected]
        assert list(table["batch_size"]) == [run.bs for run in expected]


def test_a_policy_without_a_seed_is_a_policy():
    """The interface alone is enough: no seed, no state dictionary, no hooks."""
    policy = Fixed()
    table = replay(JOB, TRACES, policy=policy, seeds=[0, 1], recurrences=2)
    assert set(table["batch_size"]) == {16}
    assert set(table["policy"]) == {"fixed"}
    assert policy.observed == []
    assert set(replay(JOB, TRACES, policy=Fixed, seeds=0, recurrences=2)["batch_size"]) == {16}


def test_a_power_policy_is_named_beside_the_batch_size_policy():
    """A pair is labelled ``policy+power``; JIT, the default, goes without saying."""
    pairs = {"full": "default+full", "jit": "default"}
    for power_policy, label in pairs.items():
        table = replay(JOB, TRACES, policy="default", power_policy=power_policy, seeds=0, recurrences=2)
        assert set(table["policy"]) == {label}
    full = replay(JOB, TRACES, policy="default", power_policy="full", seeds=0, recurrences=2)
    assert set(full["power_limit_w"]) == {200}
    assert not full["profiled"].any()


def test_policies_meet_the_same_luck_under_keyed_draws():
    """The k-th run of a batch size takes the same path under any policy; published draws do not promise that."""
    epochs = {size: [float(e) for e in range(9, 21)] for size in (8, 16, 32)}

    class RoundRobin(Fixed):
        def predict(self, job):
            return (16, 8, 32)[len(self.observed) % 3]

    def paths(policy):
        table = replay(JOB, make_traces(epochs), policy=policy, seeds=4, recurrences=60, beta=math.inf, draws="keyed")
        ran = table.loc[~table["profiled"]]
        epoch_s = 100.0 / ran["batch_size"] * (250 / ran["power_limit_w"]) ** 0.5
        epochs_run = (ran["time_s"] / epoch_s).round().astype(int)
        return {size: list(epochs_run[ran["batch_size"] == size]) for size in (8, 16, 32)}

    one, other = paths(RoundRobin), paths("random")
    for size in (8, 16, 32):
        shorter = min(len(one[size]), len(other[size]))
        assert shorter > 3
        assert one[size][:shorter] == other[size][:shorter]


def test_a_failed_run_is_tried_again():
    """Attempts count from 1 within a recurrence, and only the last one of a recurrence reaches the target."""
    table = replay(JOB, TRACES, policy="pruning-gts", seeds=range(5))
    per_recurrence = table.groupby(["seed", "recurrence"])
    assert (per_recurrence["reached"].sum() == 1).all()
    assert per_recurrence["reached"].last().all()
    assert (per_recurrence["attempt"].max() > 1).any()


def test_drift_takes_each_recurrence_from_its_slice():
    """Recurrence i draws from slice i; as many recurrences as slices are the default, and more are an error."""
    traces = make_traces({16: [3.0]}, slices=[10, 11, 15])
    table = replay(JOB, traces, policy="default", power_policy="full", seeds=0)
    epochs = table["time_s"] / (100.0 / 16 * (250 / 200) ** 0.5)
    assert list(epochs.round(9)) == [13.0, 14.0, 18.0]
    with pytest.raises(ReplayError, match="3 slices"):
        replay(JOB, traces, policy="default", seeds=0, recurrences=4)


def test_a_failure_raises_or_is_kept():
    """A job that does not converge is an error that names the chances; kept, it is listed and its runs stay."""
    job = Job("d", "n", "adam", 0.5, 20, default_bs=64)
    with pytest.raises(ConvergenceError, match=r"batch size 64 \(the default\).* 8: 100%.*64: 0%"):
        replay(job, TRACES, policy="default", seeds=[3])
    table = replay(job, TRACES, policy="default", seeds=[3, 4], on_failure="keep")
    assert list(table["seed"]) == [3, 4]
    assert not table["reached"].any()
    assert [failure["seed"] for failure in table.attrs["failures"]] == [3, 4]
    assert "64: 0%" in table.attrs["failures"][0]["error"]


def test_a_policy_that_has_pruned_everything_is_a_failure():
    """When the second round of pruning leaves nothing, the replay failed; kept, the other seeds stay."""
    table = replay(JOB, TRACES, policy="pruning-gts", seeds=range(8), on_failure="keep")
    reasons = {failure["seed"]: failure["error"] for failure in table.attrs["failures"]}
    assert reasons
    assert all("every batch size has been pruned" in reason for reason in reasons.values())
    assert set(table["seed"]) == set(range(8))
    for seed in reasons:
        with pytest.raises(ConvergenceError, match="every batch size has been pruned"):
            replay(JOB, TRACES, policy="pruning-gts", seeds=seed)


def test_twenty_failed_tries_are_an_error():
    """A recurrence that fails twenty times is given up, as in the published simulator."""

    class LateFailure(Fixed):
        def predict(self, job):
            return 16 if len(self.observed) < 1 else 64

    with pytest.raises(ConvergenceError, match="failed 20 times in recurrence 1"):
        replay(JOB, TRACES, policy=LateFailure, seeds=0)


def test_a_result_says_how_it_was_made():
    """The manifest is plain JSON and names job, knobs, versions and the traces' content."""
    table = replay(JOB, TRACES, policy="gts", seeds=range(2), recurrences=2, beta=math.inf, on_failure="keep")
    manifest = json.loads(json.dumps(table.attrs["manifest"], allow_nan=False))
    assert Job(**manifest["job"]) == JOB
    assert manifest["knobs"]["seeds"] == [0, 1]
    assert float(manifest["knobs"]["beta"]) == math.inf
    assert manifest["traces"]["content_hash"] == TRACES.content_hash
    assert manifest["versions"]["numpy"] == np.__version__


def test_progress_counts_replays():
    """The callback hears how many replays are done, more each time, again and again while many run, up to all."""
    heard = []
    replay(
        JOB,
        TRACES,
        policy="default",
        seeds=range(9),
        recurrences=900,
        engine="event",
        progress=lambda *at: heard.append(at),
    )
    assert heard == [(2, 9), (4, 9), (6, 9), (8, 9), (9, 9)]


def test_learning_continues_within_a_replay_alone():
    """Two replays of the same instance are equal: what one learned is not known to the next."""
    policy = GTSBatchSizeOptimizer(True, num_exploration=2, verbose=False)
    first, second = (
        replay(JOB, make_traces({8: [4.0], 16: [5.0]}), policy=policy, seeds=0, recurrences=9) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)
