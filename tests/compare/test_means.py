"""Means per recurrence of replays, and their intervals over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small import JOB, TRACES, Fixed, make_groups, make_traces

import simulator
from simulator.compare.means import mean_per_recurrence
from simulator.errors import ReplayError

SMALL = {"policy": "random", "seeds": range(6), "recurrences": 7, "draws": "keyed", "on_failure": "keep"}


def test_means_are_those_of_all_runs():
    """Tries of a recurrence included; the last five by themselves."""
    runs = simulator.replay(JOB, TRACES, eta=[0.0, 1.0], **SMALL)
    means = mean_per_recurrence(simulator.replay(JOB, TRACES, eta=[0.0, 1.0], detail="replays", **SMALL))
    assert means["eta"].tolist() == [0.0, 1.0]
    for row, (_, of_eta) in zip(means.to_dict("records"), runs.groupby("eta"), strict=True):
        for name in ("energy_j", "time_s", "cost"):
            assert row[name] == pytest.approx(of_eta[name].sum() / (6 * 7))
            late = of_eta.loc[of_eta["recurrence"] >= 2, name].sum()
            assert row[f"late_{name}"] == pytest.approx(late / (6 * 5))


def test_the_interval_is_that_of_student():
    """Around the mean over seeds, by scipy; its name keeps the unit at the end."""
    replays = simulator.replay(JOB, TRACES, detail="replays", **SMALL)
    (row,) = mean_per_recurrence(replays, confidence=0.9).to_dict("records")
    values = replays["energy_j"] / 7
    low, high = stats.t.interval(0.9, 5, values.mean(), stats.sem(values))
    assert [row["energy_low_j"], row["energy_high_j"]] == pytest.approx([low, high])
    assert {"time_low_s", "cost_low", "late_energy_high_j", "late_cost_high"} < set(row)


def test_groups_of_a_seed_are_one_replay():
    """A seed counts once, however many groups there are; a recurrence is a submission."""
    settings = {**SMALL, "recurrences": None, "groups": make_groups()}
    replays = simulator.replay(JOB, TRACES, detail="replays", **settings)
    assert len(replays) == 12
    (row,) = mean_per_recurrence(replays).to_dict("records")
    assert row["seeds"] == 6
    assert row["energy_j"] == pytest.approx(replays["energy_j"].sum() / (6 * 5))
    assert row["late_energy_j"] == pytest.approx(replays.groupby("seed")["late_energy_j"].mean().mean())


def test_replays_that_broke_off_are_counted_and_left_out():
    """What is left is the mean of the others; of none at all, nothing is known."""
    traces = make_traces({8: [1.0, 1.0, np.nan], 16: [6.0, 7.0]})
    settings = {**SMALL, "policy": lambda: Fixed(8), "recurrences": 2, "seeds": range(20)}
    replays = simulator.replay(JOB, traces, detail="replays", **settings)
    (row,) = mean_per_recurrence(replays).to_dict("records")
    through = replays.loc[~replays["failed"]]
    assert 0 < row["failed_seeds"] == replays["failed"].sum() < 20
    assert row["seeds"] == len(through)
    assert row["energy_j"] == pytest.approx(through["energy_j"].mean() / 2)
    (row,) = mean_per_recurrence(replays.loc[replays["failed"]]).to_dict("records")
    assert row["seeds"] == 0
    assert np.isnan([row["energy_j"], row["energy_low_j"], row["late_cost"]]).all()


def test_one_seed_has_a_mean_and_no_interval():
    """Nothing tells how far another one would be."""
    (row,) = mean_per_recurrence(simulator.replay(JOB, TRACES, detail="replays", **SMALL | {"seeds": 3})).to_dict(
        "records"
    )
    assert np.isfinite(row["energy_j"])
    assert np.isnan([row["energy_low_j"], row["energy_high_j"]]).all()


def test_what_is_no_table_of_replays_is_refused():
    """One of runs; one that holds a replay twice, or none; nor is every number a confidence."""
    replays = simulator.replay(JOB, TRACES, detail="replays", **SMALL)
    with pytest.raises(ReplayError, match="lacks recurrences, late_energy_j, late_time_s, late_cost, failed"):
        mean_per_recurrence(simulator.replay(JOB, TRACES, **SMALL))
    with pytest.raises(ReplayError, match="stands twice"):
        mean_per_recurrence(pd.concat([replays, replays]))
    with pytest.raises(ReplayError, match="is empty"):
        mean_per_recurrence(replays.iloc[:0])
    with pytest.raises(ReplayError, match="confidence is 95"):
        mean_per_recurrence(replays, confidence=95)
