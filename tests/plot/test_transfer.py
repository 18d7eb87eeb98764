"""The heat map of GPUs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import plot
from simulator.errors import ReplayError


def table(*jobs):
    """Make a table of transfers between two GPUs: from a to b 10 % more on the first job, 20 % on the next."""
    rows = []
    for n, job in enumerate(jobs, start=1):
        for start, end, cost in (("a", "a", 0.0), ("a", "b", 10.0 * n), ("b", "a", -2.5), ("b", "b", 0.0)):
            who = {"job": job, "gpu_from": start, "gpu_to": end, "batch_size": 8, "power_limit_w": 100}
            rows.append({**who, "cost_pct": cost, "energy_pct": cost, "reason": ""})
    return pd.DataFrame(rows)


def test_each_cell_holds_its_number():
    """From GPUs down, to GPUs across; rows say which configuration is the best there."""
    ax = plot.transfer(table("j"))
    assert [text.get_text() for text in ax.texts] == ["0.0", "10.0", "−2.5", "0.0"]
    assert ax.images[0].get_array().tolist() == [[0, 10], [-2.5, 0]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a\n8, 100 W", "b\n8, 100 W"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
    assert "cost above the best on that GPU [%]" in ax.get_title()


def test_jobs_are_averaged_and_counted():
    """A mean over fewer jobs than its neighbours says so, and why."""
    found = table("j", "k")
    found.loc[5, ["cost_pct", "reason"]] = [np.nan, "batch size 8 is not recorded on b"]
    ax = plot.transfer(found)
    assert [text.get_text() for text in ax.texts] == ["0.0", "10.0\n(1 of 2 jobs)", "−2.5", "0.0"]
    assert "mean over 2 jobs" in ax.get_title()
    assert ax.figure.get_supxlabel() == "Not known: batch size 8 is not recorded on b."
    three = table("j", "k", "l").assign(cost_pct=[0, 10, -2.5, 0, 0, 20, -2.5, 0, 0, 60, -2.5, 0])
    assert [text.get_text() for text in plot.transfer(three).texts] == ["0.0", "30.0", "−2.5", "0.0"]
    assert [text.get_text() for text in plot.transfer(found, job="k").texts] == ["0.0", "–", "−2.5", "0.0"]


def test_the_title_says_synthetic_where_the_table_does():
    """Its manifest, as result tables have one."""
    found = table("j")
    found.attrs["manifest"] = {"replays": [{"traces": {"synthetic": True}}]}
    assert "SYNTHETIC" in plot.transfer(found).get_title()


def test_errors_say_what_there_is():
    """Another job, another measure, another table, nothing known."""
    with pytest.raises(ReplayError, match="job is 'x'; choose j or k"):
        plot.transfer(table("j", "k"), job="x")
    with pytest.raises(ReplayError, match="choose cost_pct, energy_pct or time_pct"):
        plot.transfer(table("j"), measure="cost")
    with pytest.raises(ReplayError, match="transfer makes one"):
        plot.transfer(table("j").drop(columns="gpu_to"))
    with pytest.raises(ReplayError, match="no cost_pct is known of j: nothing is recorded"):
        plot.transfer(table("j").assign(cost_pct=np.nan, reason="nothing is recorded on a"))
