"""The time–energy plane."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import plot
from simulator.compare import configurations
from simulator.job import Job
from simulator.trace.traces import Traces

WORKLOAD = {"dataset": "squad", "network": "bert", "optimizer": "adamw"}


@pytest.fixture
def table():
    """Three batch sizes: a quick one, a thrifty one, and one that is far worse in both."""
    epochs = {8: 1.0, 32: 1.0, 512: 1000.0}
    costs = {8: (300.0, 0.2), 32: (100.0, 1.0), 512: (300.0, 1.0)}
    train = [{**WORKLOAD, "batch_size": s, "target_metric": 84.0, "target_epoch": e} for s, e in epochs.items()]
    power = [
        {**WORKLOAD, "batch_size": size, "power_limit": 250, "time_per_epoch": time_s, "average_power": power_w}
        for size, (time_s, power_w) in costs.items()
    ]
    job = Job("squad", "bert", "adamw", 84.0, 2000, default_bs=32)
    return Traces(train=pd.DataFrame(train), power=pd.DataFrame(power), gpu="v100").table(job)


def test_each_policy_is_a_point_at_its_means(two_policies):
    """Median over the seeds of the mean over recurrences, in the units of the labels."""
    ax = plot.plane(two_policies)
    points = {c.get_label(): c.lines[0].get_xydata()[0].tolist() for c in ax.containers}
    expected = (100 + 150 + 4 * 51) / 6
    assert points["default+full"] == pytest.approx([202 / 60, 101])
    assert points["thrifty"] == pytest.approx([2 * expected / 60, expected])
    assert ax.get_xlabel() == "mean time per recurrence [min]"
    assert ax.get_ylabel() == "mean energy per recurrence [J]"


def test_bars_reach_from_quartile_to_quartile_of_either_amount(make_runs, make_table):
    """Seeds at 10, 20, 40 and 100 J: median 30, quartiles 17.5 and 55; of time, which is twice that, likewise."""
    result = make_table(*(make_runs(energy, energy, seed=seed) for seed, energy in enumerate((10, 20, 40, 100))))
    result["time_s"] *= 100.0
    (drawn,) = plot.plane(result).containers
    point, _, bars = drawn
    across, up = (each.get_segments()[0].tolist() for each in bars)
    minutes = 200 / 60
    assert point.get_xydata()[0].tolist() == pytest.approx([30 * minutes, 30])
    assert [x for x, _ in across] == pytest.approx([17.5 * minutes, 55 * minutes])
    assert [y for _, y in up] == pytest.approx([17.5, 55])


def test_a_policy_stands_at_the_mean_of_its_recurrences(make_runs, make_table):
    """A median would hide what a failure cost."""
    (drawn,) = plot.plane(make_table(make_runs(10, 10, 100))).containers
    assert drawn[0].get_ydata() == pytest.approx([40])


def test_recorded_configurations_and_their_front_lie_behind(two_policies, table):
    """Dots as far as policies and front reach, how many are in view, and the front from quick to thrifty."""
    ax = plot.plane(two_policies, configurations=configurations(table))
    dots, front = (line for line in ax.lines if not line.get_label().startswith("_"))
    assert dots.get_label() == "configurations\n(2 of 3 in view)"
    best = configurations(table).query("on_front").sort_values("time_s")
    assert np.allclose(front.get_xydata(), best[["time_s", "energy_j"]].to_numpy() / [60, 1])
    assert len(best) == 2
    near = configurations(table).query("energy_j < 1000 and time_s < 1000")[["time_s", "energy_j"]]
    assert sorted(dots.get_xydata().tolist()) == pytest.approx(np.array(sorted((near / [60, 1]).to_numpy().tolist())))


def test_the_plane_says_synthetic(two_policies):
    """As every other picture does."""
    two_policies.attrs["manifest"]["traces"]["synthetic"] = True
    assert "SYNTHETIC" in plot.plane(two_policies).get_title()


def test_a_front_of_one_point_is_seen(two_policies, table):
    """It has no line, so it is a ring."""
    (front,) = (
        line
        for line in plot.plane(two_policies, configurations=configurations(table)).lines
        if line.get_label() == "Pareto front"
    )
    assert front.get_marker() == "o"
    assert front.get_markerfacecolor() == "none"


def test_groups_have_no_configurations_behind_them(make_runs, make_table, table):
    """Submissions are scaled by their runtime ratio, and configurations are not."""
    ax = plot.plane(make_table(make_runs(1, 2, group="a")), configurations=configurations(table))
    assert not any("configurations" in line.get_label() for line in ax.lines)
    assert ax.get_xlabel().startswith("mean time per submission")


def test_the_first_policy_lies_on_top(two_policies):
    """Of two policies at the same place, the more important one is seen."""
    first, second = plot.plane(two_policies).containers
    assert first.lines[0].get_zorder() > second.lines[0].get_zorder()
