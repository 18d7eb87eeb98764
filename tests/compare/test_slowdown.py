"""The least energy with a slowdown at most."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import JOB, TRACES

from simulator.compare import configurations
from simulator.compare.slowdown import least_energies, least_energy
from simulator.errors import ReplayError, UnknownPolicyError

POINTS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12)
NAMED = pd.DataFrame({"policy": ["a", "b", "c"], "energy_j": [9.0, 6.0, 3.0], "time_s": [10.0, 11.0, 20.0]})


@given(POINTS, st.sampled_from([0, 0.1, 0.125, 0.5, 1.0, 3.0, math.inf]), st.integers(0, 11), st.booleans())
def test_nothing_that_is_fast_enough_takes_less(points, slowdown, at, named):
    """The definition, point by point, from the fastest or from a named one."""
    table = pd.DataFrame(points, columns=["energy_j", "time_s"]).astype(float)
    table["number"] = range(len(points))
    at %= len(points)
    found = least_energy(table, slowdown=slowdown, baseline={"number": at} if named else None)
    reference = points[at] if named else min(points, key=lambda point: (point[1], point[0]))
    bound = math.inf if slowdown == math.inf else reference[1] * (1 + slowdown) + 1e-9
    best = min((energy, time) for energy, time in points if time <= bound)
    assert (found["energy_j"], found["time_s"]) == best
    assert found["number"] == points.index(best)
    assert found["slowdown"] == pytest.approx(best[1] / reference[1] - 1)
    assert found["energy_change_pct"] == pytest.approx(100 * (best[0] / reference[0] - 1))


def test_a_table_of_a_job_means_its_configurations():
    """Whatever limit and batch size they have; the fastest is the baseline of none."""
    table = TRACES.table(JOB)
    fastest = least_energy(table, slowdown=0)
    least = least_energy(table, slowdown=math.inf)
    recorded = configurations(table)
    assert fastest["time_s"] == recorded["time_s"].min()
    assert least["energy_j"] == recorded["energy_j"].min()
    assert fastest["power_limit_w"] == 200
    assert least["power_limit_w"] == 100
    full = least_energy(table, slowdown=0, baseline={"batch_size": 16, "power_limit_w": 200})
    assert full["slowdown"] <= 0
    assert full["energy_change_pct"] <= 0


def test_a_policy_may_be_the_baseline():
    """By its name, where it has one row."""
    assert least_energy(NAMED, slowdown=0.9, baseline="b")["policy"] == "c"
    assert least_energy(NAMED, slowdown=0.8, baseline="b")["policy"] == "b"


def test_a_slowdown_of_exactly_as_much_is_allowed():
    """Though 10 · 1.1 is a little more or less than 11 in floating point."""
    for time in (10.0, 0.7, 3.3, 1e7 / 3):
        points = pd.DataFrame({"energy_j": [2.0, 1.0], "time_s": [time, time * 11 / 10]})
        assert least_energy(points, slowdown=0.1)["energy_j"] == 1


def test_points_that_lost_replays_are_passed_over():
    """What is left of them are the cheap ones; nor does the unknown count."""
    points = NAMED.assign(failed_seeds=[0, 0, 2])
    assert least_energy(points, slowdown=9)["policy"] == "b"
    assert least_energy(NAMED.assign(failed_pct=[0.0, 0.0, 0.1]), slowdown=9)["policy"] == "b"
    assert least_energy(NAMED.assign(energy_j=[9.0, math.inf, math.nan]), slowdown=9)["policy"] == "a"


def test_each_place_has_a_fastest_of_its_own():
    """A row for each job and GPU, in order; where nothing is left to choose from, its name alone."""
    here, there = (NAMED.assign(job="j", gpu=gpu, failed_seeds=0) for gpu in ("v100", "a40"))
    lost = there.assign(gpu="p100", failed_seeds=1)
    points = pd.concat([here, lost, there.assign(time_s=[40.0, 11.0, 20.0])], ignore_index=True)
    found = least_energies(points, slowdown=0.9)
    assert found["gpu"].tolist() == ["v100", "p100", "a40"]
    assert found["policy"].fillna("none").tolist() == ["b", "none", "c"]
    assert found["slowdown"].round(3).tolist()[::2] == [0.1, 0.818]
    with pytest.raises(ReplayError, match="no point to choose from"):
        least_energies(lost, slowdown=0.9)
    with pytest.raises(ReplayError, match="slowdown is -1"):
        least_energies(points, slowdown=-1)


@pytest.mark.parametrize(
    ("points", "arguments", "error", "message"),
    [
        (NAMED, {"slowdown": -0.1}, ReplayError, "slowdown is -0.1"),
        (NAMED, {"slowdown": "10 %"}, ReplayError, "it is a number"),
        (NAMED, {"slowdown": math.nan}, ReplayError, "it is a number"),
        (NAMED.iloc[:0], {"slowdown": 1}, ReplayError, "no point to choose from"),
        (NAMED.assign(time_s=math.nan), {"slowdown": 1}, ReplayError, "no point to choose from"),
        (NAMED.drop(columns="time_s"), {"slowdown": 1}, ReplayError, "time_s is missing"),
        (NAMED, {"slowdown": 1, "baseline": "d"}, UnknownPolicyError, "not among"),
        (NAMED, {"slowdown": 1, "baseline": {"eta": 1}}, ReplayError, "points have policy, energy_j"),
        (NAMED, {"slowdown": 1, "baseline": {"time_s": 1.0}}, ReplayError, "0 points are"),
        (NAMED.assign(policy="a"), {"slowdown": 1, "baseline": "a"}, ReplayError, "3 points are"),
        (NAMED.assign(job="j", gpu=["v100", "a40", "a40"]), {"slowdown": 1}, ReplayError, "one job on one GPU"),
    ],
)
def test_what_cannot_be_chosen_is_refused(points, arguments, error, message):
    """With what there is instead."""
    with pytest.raises(error, match=message):
        least_energy(points, **arguments)
