"""The memory that explorers share: expected costs, ties, and sizes that are set aside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.job import Job
from simulator.policy.outcome import FAILED, NOTHING, REACHED, UNKNOWN
from simulator.policy.tally import Tally, add, candidate, cheapest, cheapest_among, expected_cost, least_tried

SIZES = [8, 16, 32, 64]


@pytest.fixture
def tally(job):
    return Tally.begin(job, SIZES)


def candidates(tally):
    """List the candidates by rank; a rank beyond them finds nothing."""
    n = tally.n - tally.n_set_aside
    assert candidate(tally, n) == NOTHING
    return [candidate(tally, rank) for rank in range(n)]


def only(*positions):
    """Select positions of the four sizes."""
    return [position in positions for position in range(4)]


def test_the_default_comes_first_then_ascending(job):
    """Untried sizes are tried from the default on, which the user says works; without one, as they are listed."""
    assert Tally.begin(job, SIZES).order == [2, 0, 1, 3]
    assert Tally.begin(Job("d", "n", "adam", 0.9, 10), SIZES).order == [0, 1, 2, 3]
    assert Tally.begin(Job("d", "n", "adam", 0.9, 10, default_bs=48), SIZES).order == [0, 1, 2, 3]


def test_expected_cost_counts_failed_runs(tally):
    """Two failures and a success of 3 J each cost 9 J until the target is reached; failures alone, infinity."""
    for converged in (FAILED, REACHED, FAILED):
        add(tally, 1, 3.0, converged)
    assert expected_cost(tally, 1) == 9.0
    add(tally, 2, 1.0, FAILED)
    assert expected_cost(tally, 2) == math.inf


def test_unknown_counts_as_reached(tally):
    """A run of which it is not known whether the target was reached counts as a success."""
    add(tally, 0, 5.0, UNKNOWN)
    assert expected_cost(tally, 0) == 5.0
    assert tally.set_aside == only()


def test_ties_go_to_the_first_in_order(tally):
    """Among equally cheap sizes the default wins, then the smaller."""
    for position in range(4):
        add(tally, position, 1.0, REACHED)
    assert cheapest(tally) == least_tried(tally) == 2
    assert cheapest_among(tally, only(0, 1, 3)) == 0


def test_a_failed_size_waits_for_a_success(tally):
    """A size that failed is no candidate until any run has reached the target."""
    add(tally, 2, 1.0, REACHED)
    add(tally, 2, 9.0, FAILED)
    assert candidates(tally) == [0, 1, 3]
    assert cheapest_among(tally, only(2)) == 0  # nothing is left inside, so outside
    add(tally, 0, 5.0, REACHED)
    assert candidates(tally) == [2, 0, 1, 3]


COSTS = st.sampled_from([1.0, 2.0, math.inf]) | st.floats(0, 1e9)
RUNS = st.lists(st.tuples(st.integers(0, 3), COSTS, st.sampled_from([REACHED, FAILED, UNKNOWN])), max_size=40)


@given(RUNS)
def test_there_is_always_a_candidate(runs):
    """Whatever happens, also if a size fails many times in flight, something can be chosen, and it is the least."""
    tally = Tally.begin(Job("d", "n", "adam", 0.9, 10, default_bs=32), SIZES)

    def merit(position):
        return expected_cost(tally, position), tally.runs[position]

    for position, cost, converged in runs:
        add(tally, position, cost, converged)
        free = candidates(tally)
        assert free == [position for position in tally.order if not tally.set_aside[position]]
        assert cheapest(tally) == min(free, key=merit)
        assert least_tried(tally) == min(free, key=tally.runs.__getitem__)
        for inside in ({position}, {0, 3}, {1, 2, 3}, set()):
            wanted = min([other for other in free if other in inside] or free, key=merit)
            assert cheapest_among(tally, only(*inside)) == wanted


@given(RUNS)
def test_counts_are_the_sums_of_what_they_count(runs):
    """Totals, kept so that compiled code need not add up, never drift from the lists that they sum up."""
    tally = Tally.begin(Job("d", "n", "adam", 0.9, 10), SIZES)
    for position, cost, converged in runs:
        add(tally, position, cost, converged)
        assert tally.all_runs == sum(tally.runs)
        assert tally.all_reached == sum(tally.reached)
        assert tally.n_set_aside == sum(tally.set_aside) < tally.n
