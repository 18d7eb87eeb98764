"""The same replays, started some hours later."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small import JOB, TRACES, Fixed, make_groups, make_traces

import simulator
from simulator.compare.means import mean_interval
from simulator.compare.pricing import price_replays
from simulator.compare.shift import shift_start
from simulator.compare.tariff import EXAMPLE_CARBON, EXAMPLE_PRICE, Tariff
from simulator.errors import ReplayError

SMALL = {"seeds": range(5), "recurrences": 6, "draws": "keyed"}
RUNS = simulator.replay(JOB, TRACES, policy="random", eta=[0.0, 1.0], **SMALL)


def test_a_shift_is_another_start():
    """Priced as if the clock had begun later; the saving is that of each seed, and so is its interval."""
    found = shift_start(RUNS, EXAMPLE_PRICE, start=3600, shift_hours=[0, 5.5, -2], confidence=0.9)
    assert found["eta"].tolist() == [0.0] * 3 + [1.0] * 3
    assert found["shift_hours"].tolist() == [0, 5.5, -2] * 2
    before = price_replays(RUNS, EXAMPLE_PRICE, start=3600)
    for row in found.to_dict("records"):
        now = price_replays(RUNS, EXAMPLE_PRICE, start=3600 * (1 + row["shift_hours"]))
        of_eta = now["eta"] == row["eta"]
        assert row["price"] == pytest.approx(now.loc[of_eta, "price"].mean())
        saved = (before["price"] - now["price"])[of_eta].to_numpy()
        ends = mean_interval(saved, confidence=0.9)
        assert [row["saved_price"], row["saved_price_low"], row["saved_price_high"]] == pytest.approx(ends)
        assert row["saved_pct"] == pytest.approx(100 * saved.sum() / before.loc[of_eta, "price"].sum())


def test_a_day_later_costs_the_same():
    """Where all days are alike; and no shift saves nothing, to the last bit: noise would look like something sure."""
    found = shift_start(RUNS, EXAMPLE_CARBON, shift_hours=[0, 24, -48])
    ends = found[["saved_carbon_g", "saved_carbon_low_g", "saved_carbon_high_g"]].to_numpy()
    assert np.abs(ends).max() < 1e-9 * found["carbon_g"].min()
    assert (ends[found["shift_hours"] == 0] == 0).all()


def test_a_step_is_found():
    """What runs for minutes is free in the hours when energy is, and in no others."""
    free_at_noon = Tariff(hours=[12, 13], per_kwh=[0.0, 1.0])
    runs = RUNS.assign(started_s=RUNS["started_s"] / 1e3, ended_s=RUNS["ended_s"] / 1e3)
    found = shift_start(runs, free_at_noon).query("eta == 0").set_index("shift_hours")
    assert found.index[found["price"] == 0].tolist() == [12]
    assert found.loc[12, "saved_pct"] == 100


def test_groups_of_a_seed_are_one_replay():
    """All that would start later starts later."""
    runs = simulator.replay(JOB, TRACES, policy="default", seeds=range(3), groups=make_groups())
    (row,) = shift_start(runs, EXAMPLE_PRICE, shift_hours=[6]).to_dict("records")
    assert row["seeds"] == 3
    now = price_replays(runs, EXAMPLE_PRICE, start=6 * 3600)
    assert row["price"] == pytest.approx(now["price"].sum() / 3)


def test_replays_that_broke_off_are_left_out():
    """Some, or all of them."""
    traces = make_traces({8: [1.0, 1.0, math.nan], 16: [6.0, 7.0]})
    settings = {**SMALL, "policy": lambda: Fixed(8), "seeds": range(20), "recurrences": 2, "on_failure": "keep"}
    runs = simulator.replay(JOB, traces, **settings)
    replays = price_replays(runs, EXAMPLE_PRICE)
    (row,) = shift_start(runs, EXAMPLE_PRICE, shift_hours=[0]).to_dict("records")
    assert row["failed_seeds"] == replays["failed"].sum() > 0
    assert row["price"] == pytest.approx(replays.loc[~replays["failed"], "price"].mean())
    failed = runs["seed"].isin(replays.loc[replays["failed"], "seed"])
    (row,) = shift_start(runs.loc[failed], EXAMPLE_PRICE, shift_hours=[0]).to_dict("records")
    assert row["seeds"] == 0
    assert np.isnan([row["price"], row["saved_price"], row["saved_pct"]]).all()


def test_nothing_can_be_saved_from_nothing():
    """The share is not known where energy is free, or paid for."""
    for price in (0.0, -0.1):
        found = shift_start(RUNS, Tariff(hours=[0], per_kwh=[price]), shift_hours=[1])
        assert found["saved_pct"].isna().all()
        assert found["saved_price"].tolist() == pytest.approx([0, 0])


@pytest.mark.parametrize("shifts", [[], [math.inf], ["8"], [math.nan]])
def test_what_is_no_shift_is_refused(shifts):
    """A number of hours, one at least."""
    with pytest.raises(ReplayError, match="shift"):
        shift_start(RUNS, EXAMPLE_PRICE, shift_hours=shifts)


def test_no_run_is_refused():
    """Where every replay broke off at once."""
    with pytest.raises(ReplayError, match="no run to start"):
        shift_start(RUNS.iloc[:0], EXAMPLE_PRICE)
