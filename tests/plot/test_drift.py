"""Costs and batch sizes over slices of drifting data."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator import plot
from simulator.errors import ReplayError

JOB = "Job(squad,bert,adamw,84.0,bs32~6)"
SLICES = [0, 1, 2, 3, 4, 6]

#: In each slice batch size 8 costs 20 J, but in the last one 32 does; the other one costs 40 J.
CONFIGURATIONS = pd.DataFrame(
    [
        {"slice": at, "batch_size": size, "energy_j": 40.0 if (size == 8) == (at != 6) else 80.0}
        for at in SLICES
        for size in (8, 32)
    ]
).assign(job=JOB, gpu="v100", power_limit_w=250, time_s=0.0, cost=lambda t: t["energy_j"] / 2, on_front=True)


@pytest.fixture
def drifting(two_policies):
    """Two policies on a job that drifts through six slices, of which the fifth is missing."""
    two_policies.attrs["manifest"]["traces"] |= {"max_power_w": 250, "slices": SLICES}
    two_policies.attrs["manifest"]["knobs"] = {"eta": 0.5}
    return two_policies


def line_of(ax, policy):
    """The line of a policy as x and y."""
    (line,) = (line for line in ax.lines if line.get_gid() == f"policy:{policy}")
    return line.get_xdata().tolist(), line.get_ydata().tolist()


def test_costs_are_against_the_best_of_each_slice(drifting):
    """510 J where the best configuration costs 20 J are 2450 % more; recurrences stand at their slices."""
    ax = plot.drift(drifting, configurations=CONFIGURATIONS)
    x, y = line_of(ax, "thrifty")
    assert x == SLICES
    assert y == pytest.approx([4900, 7400, *[2450] * 4])
    assert ax.get_ylabel() == "cost above the best [%]"


def test_the_batch_size_chosen_and_the_best_lie_below(drifting):
    """Two panels, one legend."""
    ax = plot.drift(drifting, configurations=CONFIGURATIONS)
    below = ax.figure.axes[1]
    assert line_of(below, "thrifty")[1] == [32, 64, 8, 8, 8, 8]
    (best,) = (line for line in below.lines if line.get_label() == "best of slice")
    assert best.get_ydata().tolist() == [8, 8, 8, 8, 8, 32]
    labels = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert labels == ["default+full", "thrifty", "best of slice"]
    assert below.get_xlabel() == "slice of the data"


def test_the_best_of_a_slice_is_that_at_the_eta_of_the_replay(drifting):
    """Whatever η the costs of the table are for: where time alone counts, the quick one is the best."""
    quick = CONFIGURATIONS.assign(time_s=CONFIGURATIONS["batch_size"].map({8: 9.0, 32: 1.0}))
    drifting.attrs["manifest"]["knobs"]["eta"] = 0.0
    below = plot.drift(drifting, configurations=quick).figure.axes[1]
    (best,) = (line for line in below.lines if line.get_label() == "best of slice")
    assert best.get_ydata().tolist() == [32] * 6


def test_batch_sizes_are_those_that_were_chosen(make_runs, make_table):
    """Two seeds at 8 and two at 32: none ran 20."""
    result = make_table(
        *(make_runs(1, 1, seed=seed, batch_sizes=[size] * 2) for seed, size in enumerate((8, 8, 32, 32)))
    )
    assert line_of(plot.drift(result).figure.axes[1], "default+full")[1] == [8, 8]


def test_without_configurations_costs_are_as_they_are(drifting):
    """In a unit of their own; into axes that are given goes what is asked for."""
    ax = plot.drift(drifting)
    assert line_of(ax, "default+full")[1] == pytest.approx([1.01] * 6)
    assert ax.get_ylabel() == "cost per slice [kJ]"
    given = Figure().add_subplot()
    assert plot.drift(drifting, measure="batch_size", ax=given) is given
    assert line_of(given, "default+full")[1] == [32] * 6


def test_what_does_not_drift_is_refused(drifting):
    """So are configurations that do not tell slices apart."""
    with pytest.raises(ReplayError, match="they lack slice"):
        plot.drift(drifting, configurations=CONFIGURATIONS.drop(columns="slice"))
    drifting.attrs["manifest"]["traces"]["slices"] = None
    with pytest.raises(ReplayError, match="does not drift"):
        plot.drift(drifting)


def test_the_plane_has_configurations_averaged_over_slices(drifting):
    """A policy's mean is over slices, so that of a configuration must be."""
    ax = plot.plane(drifting, configurations=CONFIGURATIONS)
    (front,) = (line for line in ax.lines if line.get_label() == "Pareto front")
    assert front.get_ydata().tolist() == pytest.approx([(5 * 40 + 80) / 6])
    gap = CONFIGURATIONS.drop(index=0)  # batch size 8 in the first slice
    (front,) = (line for line in plot.plane(drifting, configurations=gap).lines if line.get_label() == "Pareto front")
    assert front.get_ydata().tolist() == pytest.approx([(5 * 80 + 40) / 6])
