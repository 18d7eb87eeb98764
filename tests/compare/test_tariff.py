"""Prices that go up and down over the day and the week."""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.compare.tariff import EXAMPLE_CARBON, EXAMPLE_PRICE, Tariff
from simulator.errors import ReplayError

DAY, WEEK = 86400, 604800
QUARTERS = st.integers(0, 95).map(lambda quarter: quarter / 4)
VALUES = st.sampled_from([0.0, 0.1, 0.25, 3.0, -0.5]) | st.floats(-2, 2)


@st.composite
def tariffs(draw, values=VALUES):
    """A few steps a day, the same every day or not, in any order."""
    days = draw(st.sampled_from([[None], list(range(7))]))
    some_hours = st.lists(QUARTERS, min_size=1, max_size=4, unique=True)
    steps = [(day, hour, draw(values)) for day in days for hour in draw(some_hours)]
    steps = draw(st.permutations(steps))
    weekdays, hours, per_kwh = zip(*steps, strict=True)
    return Tariff(hours=hours, per_kwh=per_kwh, weekdays=None if weekdays[0] is None else weekdays)


TIMES = st.sampled_from([0.0, 900.0, 86400.0, 86399.999, 604800.0, -3600.0]) | st.floats(-2e6, 2e7)
LENGTHS = st.sampled_from([0.0, 1e-6, 900.0, 86400.0, 604800.0, 6048000.0]) | st.floats(0, 3e6)


def brute_force(tariff, started_s, ended_s):
    """Walk from step to step in exact arithmetic, as one would by hand."""
    steps = list(zip(tariff.weekdays or [0] * len(tariff.hours), tariff.hours, tariff.per_kwh, strict=True))
    if tariff.weekdays is None:
        steps = [(day, hour, value) for day in range(7) for _, hour, value in steps]
    steps = sorted((day * DAY + Fraction(hour) * 3600, Fraction(value)) for day, hour, value in steps)
    starts = [start for start, _ in steps]
    at, end, total = Fraction(started_s), Fraction(ended_s), Fraction(0)
    while at < end:
        week, within = divmod(at, WEEK)
        step = bisect_right(starts, within) - 1  # -1, the last of all, before the first of the week
        until = min(end, week * WEEK + [*starts, WEEK][step + 1])
        total += (until - at) * steps[step][1]
        at = until
    return total


@given(tariffs(), TIMES, LENGTHS)
def test_the_mean_is_the_integral_over_all_steps(tariff, started, lasted):
    """Against exact fractions, over hours or weeks, from any time on, 0 or before included."""
    ended = started + lasted
    exact = brute_force(tariff, started, ended)
    found = tariff.mean_per_kwh(started, ended)
    largest = max(map(abs, tariff.per_kwh))
    rounding = 1e-9 * largest / max(ended - started, 1e-9)  # a clock of 1e7 s has a resolution of 2e-9 s
    if ended > started:
        assert float(found) == pytest.approx(
            float(exact / Fraction(ended - started)), abs=1e-12 * largest + 4 * rounding
        )


@given(st.lists(QUARTERS, min_size=1, max_size=6, unique=True), st.floats(0.01, 9), TIMES, LENGTHS)
def test_a_constant_price_is_the_price(hours, price, started, lasted):
    """However many steps of the same value it is cut into: however short or long the run."""
    tariff = Tariff(hours=hours, per_kwh=[price] * len(hours))
    assert float(tariff.mean_per_kwh(started, started + lasted)) == pytest.approx(price, rel=1e-12)


@given(tariffs(), st.integers(-10, 100), QUARTERS, st.floats(0, 1))
def test_within_a_step_it_is_the_steps_value_to_the_last_bit(tariff, days, hour, share):
    """A quarter of an hour crosses no step of these tariffs."""
    started = float(days * DAY + hour * 3600)
    exact = brute_force(tariff, started, started + 900) / 900
    assert float(tariff.mean_per_kwh(started, started + 900 * share)) == float(exact)
    assert float(tariff.mean_per_kwh(started, started)) == float(exact)


@given(tariffs(), st.floats(0, 1e6), st.lists(st.floats(0, 1e5), min_size=1, max_size=8))
def test_pieces_add_up_to_the_whole(tariff, started, lengths):
    """Wherever a run is cut, the pieces cost what it costs."""
    cuts = started + np.concatenate([[0.0], np.cumsum(lengths)])
    pieces = tariff.mean_per_kwh(cuts[:-1], cuts[1:]) * np.diff(cuts)
    whole = tariff.mean_per_kwh(cuts[0], cuts[-1]) * (cuts[-1] - cuts[0])
    assert pieces.sum() == pytest.approx(float(whole), abs=1e-6)


@given(tariffs(), st.floats(0, 6e5), st.floats(0, 1e6))
def test_every_week_is_like_the_first(tariff, started, lasted):
    """And a whole number of weeks in between adds the mean of the week."""
    mean = tariff.mean_per_kwh([started, started + 30 * WEEK], [started + lasted, started + 30 * WEEK + lasted])
    if lasted > 1:
        assert mean[1] == pytest.approx(mean[0], abs=1e-7)
    of_week = float(tariff.mean_per_kwh(0, WEEK))
    total = of_week * 50 * WEEK + mean[0] * lasted
    assert tariff.mean_per_kwh(started, started + 50 * WEEK + lasted) * (50 * WEEK + lasted) == pytest.approx(
        total, abs=1e-3
    )


def test_by_hand():
    """Night and day, with a weekend that begins on Friday evening."""
    tariff = Tariff(
        hours=[8] * 5 + [20] * 5 + [0, 0],
        per_kwh=[0.5] * 5 + [0.1] * 5 + [0.2, 0.2],
        weekdays=[0, 1, 2, 3, 4] * 2 + [5, 6],
    )
    hours = np.array([[0, 8], [6, 10], [19, 21], [4 * 24 + 20, 5 * 24], [6 * 24 + 12, 7 * 24 + 12], [0, 168], [8, 8]])
    week = (5 * 12 * 0.5 + 12 * 0.1 * 5 + 0.1 * -8 + 8 * 0.2 + 48 * 0.2) / 168
    expected = [0.2, 0.35, 0.3, 0.1, (20 * 0.2 + 4 * 0.5) / 24, week, 0.5]
    assert tariff.mean_per_kwh(hours[:, 0] * 3600, hours[:, 1] * 3600).tolist() == pytest.approx(expected)


def test_a_million_runs_of_months_take_no_longer_than_short_ones():
    """Nothing loops over hours: each run of a year would have nine thousand of them."""
    started = np.linspace(0, 1e7, 1_000_000)
    means = EXAMPLE_PRICE.mean_per_kwh(started, started + 365 * DAY)
    assert means == pytest.approx(float(EXAMPLE_PRICE.mean_per_kwh(0, DAY)), rel=1e-12)


def test_examples_say_that_they_are_made_up():
    """In their names and in a flag."""
    for example, measure in ((EXAMPLE_PRICE, "price"), (EXAMPLE_CARBON, "carbon_g")):
        assert example.synthetic
        assert "SYNTHETIC" in example.name
        assert example.measure == measure


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hours": [], "per_kwh": []}, "0 hours, 0 per_kwh"),
        ({"hours": [0, 1], "per_kwh": [1]}, "2 hours, 1 per_kwh"),
        ({"hours": [0], "per_kwh": [1], "weekdays": [0, 1]}, "2 weekdays"),
        ({"hours": [24], "per_kwh": [1]}, "at hour 24"),
        ({"hours": [-1], "per_kwh": [1]}, "at hour -1"),
        ({"hours": ["7:00"], "per_kwh": [1]}, "an hour is '7:00'"),
        ({"hours": [3, 3.0], "per_kwh": [1, 2]}, "two steps that begin together"),
        ({"hours": [0], "per_kwh": [math.inf]}, "price_per_kwh inf; it is finite"),
        ({"hours": [0], "per_kwh": [-math.inf]}, "price_per_kwh -inf; it is finite"),
        ({"hours": [0], "per_kwh": [math.nan]}, "price_per_kwh is nan"),
        ({"hours": [0], "per_kwh": [-1], "measure": "carbon_g"}, "carbon_g_per_kwh -1.0; it is finite, and 0 at least"),
        ({"hours": [0, 0], "per_kwh": [1, 1], "weekdays": [0, 7]}, r"weekdays \[0, 7\]; it takes one at least on each"),
        ({"hours": [0], "per_kwh": [1], "weekdays": [0.5]}, "a weekday is 0.5"),
        ({"hours": [0], "per_kwh": [1], "measure": "water"}, "'price', 'carbon_g'"),
    ],
)
def test_what_is_no_tariff_is_refused(arguments, message):
    """By what is wrong with it."""
    with pytest.raises(ReplayError, match=message):
        Tariff(**arguments)


def test_times_that_cannot_be_are_refused():
    """Backwards, or endless."""
    with pytest.raises(ReplayError, match="1 of 2 end before they start"):
        EXAMPLE_PRICE.mean_per_kwh([0, 5], [1, 4])
    for wrong in (math.nan, math.inf):
        with pytest.raises(ReplayError, match="no finite number of seconds"):
            EXAMPLE_PRICE.mean_per_kwh([0], [wrong])
