"""The memory that explorers share: expected costs, ties, and sizes that are set aside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.job import Job
from simulator.policy.tally import Tally

SIZES = [8, 16, 32, 64]


@pytest.fixture
def tally(job):
    return Tally.begin(job, SIZES)


def test_the_default_comes_first_then_ascending(job):
    """Untried sizes are tried from the default on, which the user says works; without one, as they are listed."""
    assert Tally.begin(job, SIZES).order == [2, 0, 1, 3]
    assert Tally.begin(Job("d", "n", "adam", 0.9, 10), SIZES).order == [0, 1, 2, 3]
    assert Tally.begin(Job("d", "n", "adam", 0.9, 10, default_bs=48), SIZES).order == [0, 1, 2, 3]


def test_expected_cost_counts_failed_runs(tally):
    """Two failures and a success of 3 J each cost 9 J until the target is reached; failures alone, infinity."""
    for converged in (False, True, False):
        tally.add(1, 3.0, converged)
    assert tally.expected_cost(1) == 9.0
    tally.add(2, 1.0, converged=False)
    assert tally.expected_cost(2) == math.inf


def test_unknown_counts_as_reached(tally):
    """A host that does not know whether the target was reached says None, and the run counts as a success."""
    tally.add(0, 5.0, None)
    assert tally.expected_cost(0) == 5.0
    assert tally.set_aside == []


def test_ties_go_to_the_first_in_order(tally):
    """Among equally cheap sizes the default wins, then the smaller."""
    for position in range(4):
        tally.add(position, 1.0, converged=True)
    assert tally.cheapest() == 2
    assert tally.cheapest({0, 1, 3}) == 0


def test_a_failed_size_waits_for_a_success(tally):
    """A size that failed is no candidate until any run has reached the target."""
    tally.add(2, 1.0, converged=True)
    tally.add(2, 9.0, converged=False)
    assert tally.candidates() == [0, 1, 3]
    assert tally.cheapest({2}) == 0  # nothing is left inside, so outside
    tally.add(0, 5.0, converged=True)
    assert tally.candidates() == [2, 0, 1, 3]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1e9), st.sampled_from([True, False, None])), max_size=40))
def test_there_is_always_a_candidate(runs):
    """Whatever happens, also if a size fails many times in flight, something can be chosen."""
    tally = Tally.begin(Job("d", "n", "adam", 0.9, 10), SIZES)
    for position, cost, converged in runs:
        tally.add(position, cost, converged)
        assert tally.candidates()
        assert tally.cheapest() in tally.candidates()
        assert tally.cheapest([position]) in tally.candidates()
