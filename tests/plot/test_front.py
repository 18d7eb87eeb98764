"""Fronts over configurations, η and policies."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator import plot
from simulator.errors import ReplayError

WHO = {"job": "Job(squad,bert,adamw,84.0,bs32~6)", "gpu": "v100"}

CONFIGURATIONS = pd.DataFrame(
    {
        **WHO,
        "batch_size": [8, 8, 32, 4],
        "power_limit_w": [100, 200, 200, 100],
        "energy_j": [50.0, 70.0, 90.0, 5000.0],
        "time_s": [200.0, 100.0, 150.0, 9000.0],
        "on_front": [True, True, False, False],
    }
)

OVER_ETA = pd.DataFrame(
    {
        **WHO,
        "policy": ["a", "a", "b"],
        "eta": [1.0, 0.0, 0.5],
        "energy_j": [50e3, 70e3, 90e3],
        "energy_low_j": [45e3, 60e3, 90e3],
        "energy_high_j": [58e3, 80e3, 90e3],
        "time_s": [200.0, 130.0, 150.0],
        "on_front": [True, True, False],
        "late_energy_j": [40e3, 60e3, 80e3],
        "late_time_s": [190.0, 125.0, 140.0],
        "late_on_front": [True, False, True],
    }
)


def test_the_front_of_configurations_is_named():
    """From quick to thrifty, each with batch size and power limit; what is far off is out of view."""
    ax = plot.front(CONFIGURATIONS)
    (front,) = (line for line in ax.lines if line.get_label() == "Pareto front")
    assert front.get_xydata().tolist() == pytest.approx(pd.DataFrame([[100 / 60, 70], [200 / 60, 50]]).to_numpy())
    assert [text.get_text() for text in ax.texts] == ["8, 200 W", "8, 100 W"]
    assert any(line.get_label() == "configurations\n(3 of 4 in view)" for line in ax.lines)
    assert ax.get_xlabel() == "expected time per recurrence [min]"
    assert ax.get_ylabel() == "expected energy per recurrence [J]"


def points(ax, policy):
    """Points of a policy as the error bars hold them."""
    (container,) = (each for each in ax.containers if each.get_label() == policy)
    return container


def test_a_policy_is_a_line_over_eta():
    """In the order of η, with the intervals of the table, hollow where another η is better."""
    ax = plot.front(OVER_ETA)
    line, _, (bars,) = points(ax, "a")
    assert line.get_xydata().tolist() == [[130 / 60, 70.0], [200 / 60, 50.0]]
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[60, 80], [45, 58]]
    hollow = [each for each in ax.lines if each.get_markerfacecolor() == "white" and len(each.get_xdata())]
    assert [each.get_xydata().tolist() for each in hollow] == [[[2.5, 90.0]]]
    filled, *_ = points(ax, "b")
    assert hollow[0].get_zorder() > filled.get_zorder()  # otherwise nobody sees that it is hollow
    names = {text.get_text(): text.xy for text in ax.texts}
    assert names == {"η = 0": (130 / 60, 70.0), "η = 1": (200 / 60, 50.0), "η = 0.5": (2.5, 90.0)}
    assert ax.get_ylabel() == "mean energy per recurrence [kJ]"


def test_what_policies_end_up_with_has_a_front_of_its_own():
    """Late points and late front; a table without them is refused."""
    line, *_ = points(plot.front(OVER_ETA, late=True), "b")
    assert line.get_xydata().tolist() == [[140 / 60, 80.0]]
    with pytest.raises(ReplayError, match="late_energy_j"):
        plot.front(OVER_ETA.drop(columns="late_energy_j"), late=True)


def test_a_sweep_is_about_whole_replays():
    """Axes and title say what the numbers are of, and on what data, if the table says so."""
    table = OVER_ETA.drop(columns=["job", "gpu"]).assign(data="SYNTHETIC traces")
    ax = plot.front(table, per="replay")
    assert ax.get_xlabel() == "mean time per replay [min]"
    assert ax.get_ylabel() == "mean energy per replay [kJ]"
    assert ax.get_title().splitlines() == ["SYNTHETIC traces", "mean of all replays; hollow: not on the front"]


def test_policies_that_lost_seeds_are_noted():
    """They are neither on the front nor held against others, which a picture alone would not tell."""
    table = OVER_ETA.drop(columns="eta").assign(failed_seeds=[0, 0, 2])
    ax = plot.front(table)
    assert ax.figure.get_supxlabel() == "Not claimed to be on the front, since seeds failed: b."
    assert any(line.get_label() == "Pareto front" for line in ax.lines)


def test_other_tables_are_refused():
    """The message says which functions make such a table."""
    with pytest.raises(ReplayError, match=r"lacks on_front; .*configurations, eta_front or"):
        plot.front(OVER_ETA.drop(columns="on_front"))
    with pytest.raises(ReplayError, match="one job on one GPU"):
        plot.front(OVER_ETA.assign(gpu=["v100", "a40", "v100"]))
    with pytest.raises(ReplayError, match="nothing to draw of c"):
        plot.front(OVER_ETA, policies=["c"])
