"""Regret against the best fixed configuration: by hand, and against a slow calculation from its docstring."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_results import JOB, runs, table
from small_traces import MAX_EPOCHS, traces

import simulator
from simulator.compare import combine, every_configuration, regret
from simulator.errors import ReplayError
from simulator.job import Job

#: Two configurations: at η = 0.5 and 250 W the first costs 0.5 · 40 + 0.5 · 250 · 0.1 = 32.5 J.
CONFIGURATIONS = pd.DataFrame(
    {"batch_size": [8, 32], "power_limit_w": [250, 250], "energy_j": [40.0, 100.0], "time_s": [0.1, 0.1]}
)


def told(result, *, eta=0.5, **about):
    """A result table by hand, whose manifest says what regret asks for."""
    result.attrs["manifest"]["knobs"] = {"eta": eta}
    result.attrs["manifest"]["traces"] |= {"max_power_w": 250, "slices": None, **about}
    return result


def test_regret_is_what_a_recurrence_cost_above_the_best_configuration():
    """Tries of a recurrence are added up; the cumulative column adds up recurrences, each seed by itself."""
    result = told(table(runs(5, [6, 7], 4), runs(3, seed=1)))
    found = regret(result, CONFIGURATIONS)
    assert found["best_cost"].tolist() == [32.5] * 4
    assert found["regret_j"].tolist() == [50 - 32.5, 130 - 32.5, 40 - 32.5, 30 - 32.5]
    assert found["cumulative_regret_j"].tolist() == [17.5, 115.0, 122.5, -2.5]
    assert found.attrs == result.attrs


def test_the_yardstick_is_at_the_replays_own_eta():
    """At η = 1 energy alone counts, at η = 0 time alone, whatever cost the table of configurations was made with."""
    for eta, best in ((1.0, 40.0), (0.0, 25.0)):
        found = regret(told(table(runs(5)), eta=eta), CONFIGURATIONS.assign(cost=1.0))
        assert found["best_cost"].tolist() == [best]


def test_policies_in_one_table_have_their_own_eta():
    """Results of several replays: each policy's manifest says its knobs."""
    manifest = told(table(runs(5))).attrs["manifest"]
    parts = []
    for power, eta in (("jit", 1.0), ("full", 0.0)):
        label = "gts" if power == "jit" else f"gts+{power}"
        part = table(runs(5, policy=label))
        part.attrs["manifest"] = {**manifest, "knobs": {"policy": "gts", "power_policy": power, "eta": eta}}
        parts.append(part)
    found = regret(combine(parts), CONFIGURATIONS).set_index("policy")
    assert found["best_cost"].to_dict() == {"gts": 40.0, "gts+full": 25.0}


def test_a_job_that_drifts_has_a_best_configuration_in_each_slice():
    """Recurrence t is held against the t-th slice that the manifest lists."""
    result = told(table(runs(5, 5)), slices=[3, 7])
    sliced = pd.concat([CONFIGURATIONS.assign(slice=7), CONFIGURATIONS.assign(slice=3, energy_j=[80.0, 60.0])])
    found = regret(result, sliced)
    assert found["slice"].tolist() == [3, 7]
    assert found["best_cost"].tolist() == [42.5, 32.5]
    with pytest.raises(ReplayError, match="drifts, and the configurations do not say"):
        regret(result, CONFIGURATIONS)
    with pytest.raises(ReplayError, match="nothing about slice 3"):
        regret(result, sliced[sliced["slice"] == 7])


def test_submissions_are_scaled_like_their_yardstick():
    """A submission that runs twice as long may cost twice as much; without the submissions nobody knows."""
    job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    result = told(table(runs(5, 10, group="g"), job=job))
    groups = pd.DataFrame(
        {
            "group": ["g", "g"], "dataset": "squad", "start_time": [0.0, 5.0], "end_time": [1.0, 9.0],
            "runtime_ratio": [1.0, 2.0],
        }
    )  # fmt: skip
    assert regret(result, CONFIGURATIONS, groups=groups)["best_cost"].tolist() == [32.5, 65.0]
    with pytest.raises(ReplayError, match=r"groups=simulator\.read_groups"):
        regret(result, CONFIGURATIONS)
    with pytest.raises(ReplayError, match="has 1 submissions"):
        regret(result, CONFIGURATIONS, groups=groups.iloc[:1])
    with pytest.raises(ReplayError, match="no group 'g'"):
        regret(result, CONFIGURATIONS, groups=groups.assign(group="h"))


def test_replays_that_broke_off_are_left_out_and_still_listed():
    """Their last recurrence never ended; they stay in the attributes."""
    failure = {"policy": "default+full", "job": str(JOB), "gpu": "v100", "seed": 1, "error": "x"}
    result = told(table(runs(5), runs(3, seed=1), failures=[failure]))
    found = regret(result, CONFIGURATIONS)
    assert found["seed"].tolist() == [0]
    assert simulator.compare.failures(found)["failed_seeds"].tolist() == [1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda result: result.attrs.clear(), "does not say with which knobs"),
        (lambda result: result.attrs["manifest"]["traces"].pop("max_power_w"), "largest power limit"),
    ],
)
def test_a_table_that_does_not_say_how_it_was_made_is_refused(change, says):
    """Costs hang on η and MAXPOWER: rather an error than a guess."""
    result = told(table(runs(5)))
    change(result)
    with pytest.raises(ReplayError, match=says):
        regret(result, CONFIGURATIONS)


def test_configurations_of_something_else_are_refused():
    """Another job, another GPU, or another table altogether."""
    result = told(table(runs(5)))
    with pytest.raises(ReplayError, match="hold nothing about"):
        regret(result, CONFIGURATIONS.assign(job="Job(other)"))
    with pytest.raises(ReplayError, match="lacks energy_j"):
        regret(result, CONFIGURATIONS.drop(columns="energy_j"))


@settings(max_examples=25, deadline=None)
@given(recorded=traces(), max_epochs=MAX_EPOCHS, eta=st.sampled_from([0.0, 0.3, 1.0]), slices=st.integers(1, 3))
def test_regret_is_what_a_slow_calculation_says(recorded, max_epochs, eta, slices):
    """Whatever was recorded, drifting or not: each number from single rows, in plain Python."""
    train, power, _ = recorded
    train = train[train["target_metric"] == 0.5]  # a batch size without rows for the target ends a replay
    train = pd.concat([train.assign(slice=5 * at, target_epoch=train["target_epoch"] + at) for at in range(slices)])
    known = simulator.Traces(train=train, power=power.drop(columns="slice", errors="ignore"), gpu="g")
    job = Job("d", "n", "adam", 0.5, max_epochs)
    if job.filter_df(known.joined).empty:
        return
    result = simulator.replay(
        job, known, policy="random", seeds=range(3), recurrences=slices, eta=eta, on_failure="keep"
    )
    broken = {each["seed"] for each in result.attrs["failures"]}
    found = regret(result, every_configuration(job, known, eta=eta)) if len(broken) < 3 else result.iloc[:0]
    expected = _slow_regret(result, known, job, eta, broken)
    assert len(found) == len(expected)
    for row in found.to_dict("records"):
        cost, best, total = expected[row["seed"], row["recurrence"]]
        assert row["cost"] == pytest.approx(cost, rel=1e-12)
        assert row["best_cost"] == pytest.approx(best, rel=1e-12)
        assert row["cumulative_regret_j"] == pytest.approx(total, rel=1e-9, abs=1e-6 * best)


def _slow_regret(result, known, job, eta, broken):
    """Cost, best cost and cumulative regret by seed and recurrence, a row at a time."""
    rows = job.filter_df(known.joined).to_dict("records")
    found = {}
    of_slices = sorted({row["slice"] for row in rows})
    for seed in sorted(set(result["seed"]) - broken):
        total = 0.0
        for recurrence in sorted(set(result.loc[result["seed"] == seed, "recurrence"])):
            at = of_slices[recurrence] if len(of_slices) > 1 else of_slices[0]
            best = math.inf
            for size, limit in {(row["batch_size"], row["power_limit"]) for row in rows}:
                energy, time, reached = [], [], 0
                for row in rows:
                    if (row["slice"], row["batch_size"], row["power_limit"]) == (at, size, limit):
                        in_time = row["target_epoch"] <= job.max_epochs
                        epochs = row["target_epoch"] if in_time else job.max_epochs
                        energy.append(epochs * row["energy_per_epoch"])
                        time.append(epochs * row["time_per_epoch"])
                        reached += in_time
                if reached:
                    mean_cost = (eta * sum(energy) + (1 - eta) * known.max_power_w * sum(time)) / reached
                    best = min(best, mean_cost)
            of_both = (result["seed"] == seed) & (result["recurrence"] == recurrence)
            cost = float(np.sum(result.loc[of_both, "cost"].to_numpy()))
            total += cost - best
            found[seed, recurrence] = (cost, best, total)
    return found
