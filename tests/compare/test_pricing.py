"""Runs priced by when they ran."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import JOB, TRACES, Fixed, make_groups, make_traces

import simulator
from simulator.compare.pricing import price_policies, price_replays, price_runs, seconds_into_week
from simulator.compare.tariff import EXAMPLE_CARBON, EXAMPLE_PRICE, Tariff
from simulator.errors import ReplayError

DAY_AND_NIGHT = Tariff(hours=[6, 22], per_kwh=[0.3, 0.1])
RUNS = st.lists(
    st.tuples(st.floats(0, 1e7), st.floats(0, 1e5) | st.just(0.0), st.floats(1e-6, 1e6) | st.just(0.0)),
    min_size=1,
    max_size=10,
)


@given(RUNS, st.floats(0, 2), st.floats(0, 6e5))
def test_a_constant_price_charges_for_the_energy(runs, price, start):
    """Whenever the runs ran, for however long; energy times price, and no more."""
    table = _table(runs)
    tariff = Tariff(hours=[0, 7, 19], per_kwh=[price] * 3)
    expected = table["energy_j"] / 3.6e6 * price
    assert price_runs(table, tariff, start=start)["price"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-11)


@given(RUNS, st.sampled_from([EXAMPLE_PRICE, EXAMPLE_CARBON]))
def test_no_run_costs_less_than_at_the_least_or_more_than_at_the_most(runs, tariff):
    """Whenever it ran."""
    table = _table(runs)
    per_kwh = price_runs(table, tariff)[tariff.measure] / (table["energy_j"] / 3.6e6).where(table["energy_j"] > 0)
    assert (per_kwh.dropna() >= min(tariff.per_kwh) * (1 - 1e-11)).all()
    assert (per_kwh.dropna() <= max(tariff.per_kwh) * (1 + 1e-11)).all()


def test_power_is_even_over_a_run():
    """Two hours by night, one by day: a third of the energy at the day's price."""
    runs = _table([(4 * 3600.0, 3 * 3600.0, 3 * 3.6e6)])
    assert price_runs(runs, DAY_AND_NIGHT)["price"].tolist() == pytest.approx([2 * 0.1 + 0.3])


def test_a_run_of_no_time_pays_what_is_due_at_that_time():
    """Not NaN."""
    runs = _table([(7 * 3600.0, 0.0, 3.6e6), (5 * 3600.0, 0.0, 0.0)])
    assert price_runs(runs, DAY_AND_NIGHT)["price"].tolist() == [0.3, 0.0]


def test_start_is_when_the_clock_showed_nothing():
    """A date and time in the tariff's own zone, or seconds into the week."""
    runs = _table([(3600.0, 3600.0, 3.6e6)])
    weekend = Tariff(hours=[0] * 7, per_kwh=[1, 1, 1, 1, 1, 0.5, 0.5], weekdays=range(7))
    for start, price in ((0.0, 1), (5 * 86400, 0.5), (datetime(2026, 1, 3), 0.5), (datetime(2026, 1, 5), 1)):
        assert price_runs(runs, weekend, start=start)["price"].tolist() == [price]
    assert seconds_into_week(datetime(2026, 1, 6, 1, 2, 3, 500_000)) == 86400 + 3600 + 120 + 3.5
    assert seconds_into_week(datetime(2026, 1, 6, 1, tzinfo=UTC)) == seconds_into_week(pd.Timestamp("2026-01-06 01:00"))


def test_a_replay_is_the_sum_of_its_runs():
    """Of each seed and knob; what used what stands beside it, as plain data."""
    runs = simulator.replay(JOB, TRACES, policy="random", seeds=range(3), eta=[0, 1], recurrences=9, draws="keyed")
    replays = price_replays(price_runs(runs, EXAMPLE_PRICE, start=5e4), EXAMPLE_CARBON, start=5e4)
    totals = simulator.replay(
        JOB, TRACES, policy="random", seeds=range(3), eta=[0, 1], recurrences=9, draws="keyed", detail="replays"
    )
    for name in ("energy_j", "time_s", "cost", "runs", "seed", "eta", "failed"):
        assert replays[name].tolist() == pytest.approx(totals[name].tolist())
    row = replays.query("seed == 2 and eta == 1").iloc[0]
    own = price_runs(runs.query("seed == 2 and eta == 1"), EXAMPLE_CARBON, start=5e4)
    assert row["carbon_g"] == pytest.approx(own["carbon_g"].sum())
    assert replays.attrs["manifest"] == runs.attrs["manifest"]
    used = json.loads(json.dumps(replays.attrs["tariffs"]))
    assert used["carbon_g"]["start_s"] == 5e4
    assert used["price"]["synthetic"]
    assert "tariffs" not in runs.attrs


def test_submissions_are_priced_by_the_clusters_clock():
    """Their energy is spread over the time from start to end, which is not time_s."""
    runs = simulator.replay(JOB, TRACES, policy="default", seeds=0, groups=make_groups())
    step = Tariff(hours=[0, 1 / 60], per_kwh=[0.0, 1.0])
    priced = price_runs(runs, step).set_index(["group", "recurrence"])
    assert priced.loc[("a", 0), ["started_s", "ended_s"]].tolist() == [0, 100]
    assert priced.loc[("a", 0), "price"] == pytest.approx(0.4 * priced.loc[("a", 0), "energy_j"] / 3.6e6)
    assert priced.loc[("b", 1), "price"] == 0
    assert len(price_replays(runs, step)) == 2


def test_replays_that_broke_off_say_so():
    """Those that had runs; their sums are not those of the whole."""
    traces = make_traces({8: [1.0, 1.0, math.nan], 16: [6.0, 7.0]})
    settings = {
        "policy": lambda: Fixed(8),
        "seeds": range(20),
        "recurrences": 2,
        "draws": "keyed",
        "on_failure": "keep",
    }
    found = price_replays(simulator.replay(JOB, traces, **settings), EXAMPLE_PRICE).set_index("seed")["failed"]
    totals = simulator.replay(JOB, traces, detail="replays", **settings).set_index("seed")["failed"]
    assert 0 < totals.sum() < 20
    assert found.equals(totals)


def test_policies_pay_the_mean_of_their_replays_that_got_through():
    """Money, energy and time, with intervals over seeds."""
    traces = make_traces({8: [1.0, 1.0, math.nan], 16: [6.0, 7.0]})
    runs = simulator.replay(
        JOB, traces, policy=lambda: Fixed(8), seeds=range(20), recurrences=2, draws="keyed", on_failure="keep"
    )
    (found,) = price_policies(runs, EXAMPLE_PRICE, start=3600.0, confidence=0.9).to_dict("records")
    replays = price_replays(runs, EXAMPLE_PRICE, start=3600.0)
    through = replays[~replays["failed"]]
    for name in ("price", "energy_j", "time_s"):
        assert found[name] == pytest.approx(through[name].mean(), rel=1e-12)
    assert found["price_low"] < found["price"] < found["price_high"]
    wider = price_policies(runs, EXAMPLE_PRICE, start=3600.0, confidence=0.99)
    assert wider["price_high"][0] > found["price_high"]
    assert (found["seeds"], found["failed_seeds"]) == (len(through), len(replays) - len(through))
    assert found["failed_seeds"] > 0


@pytest.mark.parametrize(
    ("runs", "start", "message"),
    [
        (pd.DataFrame({"energy_j": [1.0]}), 0, "started_s, ended_s is missing"),
        (pd.DataFrame({"energy_j": [1.0], "started_s": [2.0], "ended_s": [1.0]}), 0, "end before they start"),
        (pd.DataFrame({"energy_j": [1.0], "started_s": [1.0], "ended_s": [2.0]}), "8:00", "start is '8:00'"),
        (pd.DataFrame({"energy_j": [1.0], "started_s": [1.0], "ended_s": [2.0]}), math.inf, "start is inf"),
    ],
)
def test_what_cannot_be_priced_is_refused(runs, start, message):
    """With what is missing."""
    with pytest.raises(ReplayError, match=message):
        price_runs(runs, EXAMPLE_PRICE, start=start)


def test_replays_need_to_be_told_apart():
    """Runs without names can be priced, but not added up."""
    with pytest.raises(ReplayError, match="lacks job, gpu, policy, seed"):
        price_replays(_table([(0.0, 1.0, 1.0)]), EXAMPLE_PRICE)


def _table(runs):
    started, lasted, energy = np.array(runs, float).T
    return pd.DataFrame({"energy_j": energy, "started_s": started, "ended_s": started + lasted})
