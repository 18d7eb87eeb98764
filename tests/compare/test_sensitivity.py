"""One knob turned at a time."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from small import JOB, TRACES, Fixed, make_groups, make_traces

import simulator
from simulator.compare.sensitivity import GRIDS, reachable_batch_sizes, sensitivity
from simulator.errors import PolicyError, ReplayError, UnknownPolicyError
from simulator.trace.expected import expected_cost

SMALL = {"seeds": range(4), "recurrences": 8}


def test_each_value_is_a_replay_with_that_knob_and_no_other():
    """The means are those of a plain replay; the other knobs stand where they were put."""
    found = sensitivity(JOB, TRACES, policies=["random", "pruning-gts"], eta=0.3, beta=3, **SMALL)
    plain = {"eta": 0.3, "beta": 3, "window": 0}
    for row in found.query("policy == 'pruning-gts'").to_dict("records"):
        if row["knob"] == "default_bs":
            job, knobs = replace(JOB, default_bs=int(row["value"])), plain
        else:
            value = int(row["value"]) if row["knob"] == "window" else row["value"]
            job, knobs = JOB, {**plain, row["knob"]: value}
        replays = simulator.replay(
            job, TRACES, policy="pruning-gts", draws="keyed", on_failure="keep", detail="replays", **SMALL, **knobs
        )
        through = replays.loc[~replays["failed"]]
        assert row["failed_seeds"] == replays["failed"].sum()
        for name in ("energy_j", "time_s", "cost"):
            assert row[name] == pytest.approx(through[name].mean() / 8, nan_ok=True)


def test_the_table_is_tidy():
    """One row for each policy, knob and value, in order; a window only where there is one."""
    found = sensitivity(JOB, TRACES, policies=["random", "pruning-gts"], **SMALL)
    values = {knob: list(grid or (8, 16, 32)) for knob, grid in GRIDS.items()}
    for policy, knobs in {"random": ["eta", "beta", "default_bs"], "pruning-gts": list(GRIDS)}.items():
        expected = [(knob, value) for knob in knobs for value in values[knob]]
        of_policy = found.loc[found["policy"] == policy]
        assert list(zip(of_policy["knob"], of_policy["value"], strict=True)) == expected
    assert (found["job"] == str(JOB)).all()
    assert (found["gpu"] == "v100").all()
    assert found.columns[:5].tolist() == ["job", "gpu", "policy", "knob", "value"]
    assert (found["cost_low"] <= found["cost"]).all()


def test_regret_is_against_hindsight_at_the_same_eta():
    """The best fixed configuration of one η is not that of another; a policy that knows it has next to none."""
    traces = make_traces({8: [4.0, 4.0], 16: [6.0, 6.0]})
    found = sensitivity(JOB, traces, policies=["default+full", "oracle+oracle"],
                        grids={"eta": [0, 0.5, 1], "beta": [2]}, **SMALL)  # fmt: skip
    table = traces.table(JOB)
    for row in found.to_dict("records"):
        cost = expected_cost(table, eta=row["value"] if row["knob"] == "eta" else 0.5)
        full = 0.0 if row["policy"] == "oracle+oracle" else 100 * (cost[1, 1] / cost.min() - 1)
        assert row["regret_pct"] == pytest.approx(full, abs=1e-9)


def test_submissions_are_scaled_and_so_is_the_oracle():
    """Regret is against submissions with the same ratios."""
    traces = make_traces({16: [6.0, 6.0]}, limits=(200,))
    found = sensitivity(
        JOB, traces, policies=Fixed(16), grids={"beta": [math.inf]}, groups=make_groups(), seeds=range(2)
    )
    assert found["regret_pct"].tolist() == pytest.approx([0.0], abs=1e-9)
    assert found["policy"].tolist() == ["fixed"]


def test_default_batch_sizes_are_those_that_can_reach_the_target():
    """Once is enough, but within max_epochs; in a job that drifts, in every slice."""
    assert reachable_batch_sizes(TRACES.table(JOB)) == [8, 16, 32]
    traces = make_traces({8: [math.nan, 3.0], 16: [21.0], 32: [20.0]})
    assert reachable_batch_sizes(traces.table(JOB)) == [8, 32]
    drifting = make_traces({8: [4.0], 16: [19.0]}, slices=[0, 1, 2])
    assert reachable_batch_sizes(drifting.table(JOB)) == [8]


def test_seeds_that_fail_are_counted_and_withhold_the_regret():
    """A default batch size that does not always reach its target breaks off; the others say what they can."""
    traces = make_traces({8: [1.0, 1.0, math.nan], 16: [6.0, 7.0], 32: [math.nan]})
    found = sensitivity(JOB, traces, policies="default", grids={"default_bs": [8, 16, 32]},
                        seeds=range(20), recurrences=2).set_index("value")  # fmt: skip
    assert 0 < found.loc[8, "failed_seeds"] < 20
    assert found.loc[16, "failed_seeds"] == 0
    assert found.loc[32, "failed_seeds"] == 20
    assert np.isnan(found["regret_pct"]).tolist() == [True, False, True]
    assert np.isnan(found["cost"]).tolist() == [False, False, True]


def test_every_place_counts_and_progress_with_it():
    """Each job on each GPU; steps are knobs of policies."""
    seen = []
    a40 = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]})
    object.__setattr__(a40, "gpu", "a40")
    found = sensitivity(
        JOB, [TRACES, a40], policies=["default", "random"], grids={"window": [5], "eta": [1]},
        progress=lambda done, total: seen.append((done, total)), **SMALL,
    )  # fmt: skip
    assert found[["gpu", "policy"]].values.tolist() == [
        ["v100", "default"], ["v100", "random"], ["a40", "default"], ["a40", "random"]
    ]  # fmt: skip
    assert seen == [(done, 8) for done in range(1, 9)]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"grids": {"batas": [2]}}, ReplayError, "no knob 'batas'; knobs are eta, beta.*did you mean 'beta'"),
        ({"grids": {}}, ReplayError, "grids is empty"),
        ({"grids": {"beta": []}}, ReplayError, "the grid of beta has no value"),
        ({"grids": {"beta": None}}, ReplayError, "the grid of beta has no value"),
        ({"grids": {"beta": [1]}}, ReplayError, "beta is 1"),
        ({"grids": {"default_bs": [8, 9]}}, PolicyError, "default_bs is 9, but .* recorded with 8, 16, 32, 64"),
        ({"grids": {"window": [5]}}, ReplayError, "none of default has a window"),
        ({"policies": "defautl"}, UnknownPolicyError, "did you mean 'default'"),
        ({"seeds": [1]}, ReplayError, "from two on"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, error, message):
    """With what there is instead."""
    with pytest.raises(error, match=message):
        sensitivity(JOB, TRACES, **{"policies": "default", **SMALL, **wrong})
