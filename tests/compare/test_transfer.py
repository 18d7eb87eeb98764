"""The best configuration of one GPU, run on another."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import JOB, WORKLOAD, make_traces

from simulator import Job, Traces
from simulator.compare import configurations
from simulator.compare.transfer import transfer
from simulator.errors import NotInTraceError, ReplayError

OTHER = Job("e", "n", "adam", 0.5, 20, default_bs=16)


def make_gpu(gpu, cells, *, epochs=None, dataset="d", jobs=()):
    """Traces of a GPU, {(batch size, power limit): (time, power) of an epoch}; 5 epochs to the target."""
    workload = {**WORKLOAD, "dataset": dataset}
    train = [
        {**workload, "batch_size": size, "target_metric": 0.5, "target_epoch": (epochs or {}).get(size, 5.0)}
        for size in {size for size, _ in cells}
    ]
    power = [
        {**workload, "batch_size": size, "power_limit": limit, "time_per_epoch": time, "average_power": watts}
        for (size, limit), (time, watts) in cells.items()
    ]
    return Traces(train=pd.DataFrame(train), power=pd.DataFrame(power), gpu=gpu, jobs=jobs)


A = make_gpu("a", {(8, 100): (10.0, 90.0), (8, 250): (8.0, 200.0), (16, 250): (9.0, 220.0)})
B = make_gpu("b", {(8, 120): (20.0, 100.0), (8, 300): (5.0, 250.0), (16, 300): (4.0, 280.0)})


def test_the_square_says_what_the_others_best_costs_here():
    """By hand: at η = 1 the best of A is (8, 100 W), of B (16, 300 W)."""
    table = transfer(JOB, [A, B], eta=1).set_index(["gpu_from", "gpu_to"])
    assert table.index.tolist() == [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]
    for gpu in ("a", "b"):
        assert table.loc[(gpu, gpu), ["cost_pct", "energy_pct", "time_pct"]].tolist() == [0, 0, 0]
    there = table.loc[("a", "b")]
    assert there[["batch_size", "power_limit_w", "used_power_limit_w"]].tolist() == [8, 100, 120]
    assert there[["best_batch_size", "best_power_limit_w"]].tolist() == [16, 300]
    assert there["energy_pct"] == pytest.approx(100 * (20 * 100 / (4 * 280) - 1))
    assert there["cost_pct"] == pytest.approx(there["energy_pct"])
    assert there["time_pct"] == pytest.approx(100 * (20 / 4 - 1))
    back = table.loc[("b", "a")]
    assert back[["batch_size", "power_limit_w", "used_power_limit_w"]].tolist() == [16, 300, 250]
    assert back["energy_pct"] == pytest.approx(100 * (9 * 220 / (10 * 90) - 1))
    assert back["time_pct"] == pytest.approx(100 * (9 / 10 - 1))  # it is not the best, but faster
    assert (table["reason"] == "").all()


def test_full_power_stays_full_power_as_a_fraction():
    """In W the nearest of 100 to 250 W is another one than at the same share of the largest."""
    first = make_gpu("a", {(8, 250): (1.0, 90.0), (8, 100): (9.0, 90.0)})
    second = make_gpu("b", {(8, 250): (5.0, 80.0), (8, 500): (4.0, 250.0)})
    used = {
        match: transfer(JOB, [first, second], match=match).set_index(["gpu_from", "gpu_to"])["used_power_limit_w"]
        for match in ("watts", "fraction")
    }
    assert used["watts"][("a", "b")] == 250
    assert used["fraction"][("a", "b")] == 500
    assert used["fraction"][("b", "a")] == 100  # 250 of 500 W is 125 of 250 W


def test_a_size_that_was_not_recorded_has_no_number_but_a_reason():
    """Nor has one that never reaches the target there, nor a job that nobody recorded."""
    without = make_gpu("none", {(32, 100): (1.0, 90.0)})
    never = make_gpu("never", {(8, 100): (1.0, 90.0), (32, 100): (1.0, 90.0)}, epochs={8: math.nan})
    hopeless = make_gpu("hopeless", {(8, 100): (1.0, 90.0)}, epochs={8: math.nan})
    unknown = make_gpu("unknown", {(8, 100): (1.0, 90.0)}, dataset="e")
    table = transfer(JOB, [A, without, never, hopeless, unknown]).set_index(["gpu_from", "gpu_to"])
    reasons = {gpu: table.loc[("a", gpu), "reason"] for gpu in ("none", "never", "hopeless", "unknown")}
    assert reasons == {
        "none": "batch size 8 is not recorded on none",
        "never": "batch size 8 never reaches the target on never",
        "hopeless": "nothing reaches the target on hopeless",
        "unknown": "nothing is recorded on unknown",
    }
    assert table.loc[("unknown", "a"), "reason"] == "nothing is recorded on unknown"
    assert table.loc[("unknown", "unknown"), "batch_size"] is pd.NA
    lacks = table["reason"] != ""
    assert table.loc[lacks, ["cost_pct", "energy_pct", "time_pct"]].isna().all(axis=None)
    assert table.loc[~lacks, ["cost_pct", "energy_pct", "time_pct"]].notna().all(axis=None)
    assert len(table) == 25


AMOUNTS = st.tuples(st.floats(1, 9), st.floats(50, 300))
GPUS = st.dictionaries(st.tuples(st.sampled_from([8, 16, 32]), st.sampled_from([100, 150, 250])), AMOUNTS, min_size=1)


@given(GPUS, GPUS, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from(["watts", "fraction"]))
def test_nothing_beats_the_best_and_every_number_is_a_configurations(first, second, eta, match):
    """At η = 1 energy, at 0 time is never less than 0 % above the best; what is used was recorded."""
    gpus = [make_gpu("a", first), make_gpu("b", second)]
    recorded = {gpu.gpu: configurations(gpu.table(JOB)).set_index(["batch_size", "power_limit_w"]) for gpu in gpus}
    for row in transfer(JOB, gpus, eta=eta, match=match).to_dict("records"):
        if row["reason"]:
            assert row["batch_size"] not in recorded[row["gpu_to"]].index.get_level_values(0)
            continue
        assert row["cost_pct"] >= 0
        there = recorded[row["gpu_to"]]
        used = there.loc[(row["batch_size"], row["used_power_limit_w"])]
        best = there.loc[(row["best_batch_size"], row["best_power_limit_w"])]
        assert row["energy_pct"] == pytest.approx(100 * (used["energy_j"] / best["energy_j"] - 1))
        assert row["time_pct"] == pytest.approx(100 * (used["time_s"] / best["time_s"] - 1))
        if match == "watts":
            limits = there.loc[row["batch_size"]].index
            distance = abs(row["used_power_limit_w"] - row["power_limit_w"])
            assert distance == min(abs(limits - row["power_limit_w"]))


def test_jobs_that_come_with_traces_meet_whatever_their_default():
    """A default batch size that fits one GPU need not fit the other; the job is the same."""
    gpus = [
        make_gpu(gpu, {(8, 100): (1.0, 90.0)}, jobs=(replace(JOB, default_bs=size),))
        for gpu, size in (("a", 8), ("b", 16))
    ]
    table = transfer(None, gpus)
    assert set(table["job"]) == {"Job(d,n,adam,0.5~20)"}
    assert len(table) == 4


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"traces": [A]}, ReplayError, "two GPUs at least"),
        ({"traces": [A, make_gpu("a", {(8, 1): (1.0, 1.0)})]}, ReplayError, "twice|each once"),
        ({"traces": [make_gpu("a", {(8, 1): (1.0, 1.0)}, jobs=(job,)) for job in (JOB, replace(JOB, default_bs=8))],
          "jobs": None}, ReplayError, "each once"),
        ({"eta": 2}, ReplayError, "eta is 2"),
        ({"match": "volts"}, ReplayError, "'watts', 'fraction'"),
        ({"jobs": OTHER}, NotInTraceError, "dataset"),
    ],
)  # fmt: skip
def test_what_makes_no_square_is_refused(arguments, error, message):
    """With what to do."""
    with pytest.raises(error, match=message):
        transfer(**{"jobs": JOB, "traces": [A, B], **arguments})


def test_the_small_trace_transfers_to_itself():
    """Two GPUs of the same kind: every number is 0."""
    twin = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]})
    other = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]})
    object.__setattr__(other, "gpu", "twin")
    assert (transfer(JOB, [twin, other])[["cost_pct", "energy_pct", "time_pct"]] == 0).all(axis=None)
