"""Rewards in the order seen: sums are numpy's, and all of it is plain data."""

from __future__ import annotations

import copy
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policy.history import History
from simulator.policy.state import from_plain, to_plain

FLOATS = st.floats(allow_nan=False)
LISTS = st.lists(st.lists(FLOATS, max_size=40), max_size=4)


@given(st.integers(1, 2000), st.data(), st.integers(0, 2**32))
def test_sums_are_numpys_to_the_last_bit(n, data, seed):
    """Over any length and any window, total, mean and variance are those that numpy users compute."""
    latest = data.draw(st.integers(1, n))
    values = -np.random.default_rng(seed).lognormal(5, 2, n)
    history = History.from_plain([[], values.tolist()])
    window = values[n - latest :].copy()
    total = history.total(1, latest)
    assert total == np.sum(window)
    assert history.squares(1, latest, total / latest) / latest == np.var(window)
    assert history.squares(1, latest, -100.0) == np.sum((window + 100.0) ** 2)


@pytest.mark.parametrize("n", [7, 8, 9, 127, 128, 129, 1025])
def test_sums_are_not_those_of_plain_addition(n):
    """Numpy adds eight at a time and by halves; somewhere, from eight numbers on, the last bit tells."""
    rows = (-np.random.default_rng(n).lognormal(5, 2, (50, n))).tolist()
    history = History.from_plain(rows)
    totals = [history.total(position, n) for position in range(50)]
    one_by_one = [np.cumsum(row)[-1] for row in rows]
    assert (totals == one_by_one) == (n < 8)


def test_no_numbers_add_up_to_nothing():
    """A window of nothing is zero, whatever came before."""
    history = History.from_plain([[3.0, 4.0]])
    assert (history.total(0, 0), history.squares(0, 0, 1.0)) == (0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 2), FLOATS), max_size=120))
def test_lists_grow_apart(deeds):
    """Numbers of several batch sizes, told in any order, are kept each with its own, however many there are."""
    history, wanted = History(3), [[], [], []]
    for position, value in deeds:
        history.append(position, value)
        wanted[position].append(value)
        assert history.count(position) == len(wanted[position])
    assert history.to_plain() == wanted


@pytest.mark.parametrize("n", [15, 16, 17, 32, 33, 1000])
def test_growth_loses_nothing(n):
    """The room doubles when it is full; what was in it stays, and so does what a sum over it is."""
    history = History(1)
    for number in range(n):
        history.append(0, float(number))
        assert history.total(0, number + 1) == number * (number + 1) / 2
    assert history.to_plain() == [[float(number) for number in range(n)]]


@pytest.mark.parametrize(
    "remake",
    [
        copy.copy,
        copy.deepcopy,
        lambda history: pickle.loads(pickle.dumps(history)),  # noqa: S301  (our own bytes)
        lambda history: History.from_plain(history.to_plain()),
        lambda history: from_plain(History, json.loads(json.dumps(to_plain(history), allow_nan=False))),
        lambda history: eval(repr(history), {"History": History, "inf": math.inf}),  # noqa: S307  # what a repr is for
    ],
    ids=["copy", "deepcopy", "pickle", "plain", "json", "repr"],
)
@given(plain=LISTS.filter(bool))
def test_copies_are_equal_and_go_their_own_way(remake, plain):
    """A copy of whatever kind, infinities included, is equal; what it then learns, the original does not."""
    history = History.from_plain(plain)
    twin = remake(history)
    assert twin == history
    twin.append(0, 1.5)
    assert twin != history
    assert history.to_plain() == plain
    assert twin.to_plain() == [[*plain[0], 1.5], *plain[1:]]


@given(LISTS, LISTS)
def test_equal_are_those_with_equal_numbers(one, other):
    """Spare room does not tell; how many batch sizes there are does, and so does what is no history."""
    assert (History.from_plain(one) == History.from_plain(other)) == (one == other)
    assert History.from_plain(one) != one


def test_what_grows_is_no_key():
    """A history changes, so a dictionary would lose it."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(History(1))
