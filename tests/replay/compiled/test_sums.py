"""Compiled sums are ``np.add.reduce`` to the last bit: same additions, same order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba.core.errors import TypingError
from numba_streams import compiled

from simulator.replay.compiled.sums import pairwise_squares, pairwise_sum

NUMBER = st.floats(allow_nan=False, width=64)
LENGTHS = [*range(300), 511, 512, 513, 1000, 1023, 1024, 1032, 1999, 2000, 10_007, 100_000]


def add_up(values, first, n, mean):
    """Make both sums."""
    return pairwise_sum(values, first, n), pairwise_squares(values, first, n, mean)


def assert_numpys(values, first, mean):
    """Compare both sums of all values from a place on, bits and all, with numpy's; and the uncompiled ones too."""
    part = values[first:]
    with np.errstate(all="ignore"):
        expected = np.array([np.add.reduce(part), np.add.reduce((part - mean) * (part - mean))])
        uncompiled = np.array(add_up(values, first, len(part), mean))
    found = np.array(compiled(add_up)(values, first, len(part), mean))
    assert np.array_equal(found, expected, equal_nan=True)
    assert np.array_equal(uncompiled, expected, equal_nan=True)
    number = ~np.isnan(expected)  # the sign of what is no number says nothing
    assert np.signbit(found)[number].tolist() == np.signbit(expected)[number].tolist()


@given(st.lists(NUMBER, max_size=40), st.integers(0, 5), NUMBER)
@example([], 0, 0.0)
@example([-0.0] * 9, 0, -0.0)
@example([-0.0] * 3, 0, 0.0)
@example([1e308, 1e308, -1e308, float("inf"), -float("inf")], 0, 1.0)
def test_any_numbers_add_up_as_numpys(numbers, first, mean):
    """Numbers huge and tiny, zeros of either sign, infinities; none at all, too."""
    assert_numpys(np.array(numbers), min(first, len(numbers)), mean)


@pytest.mark.parametrize("spread", [0.0, 1.0, 8.0])
def test_any_length_adds_up_as_numpys(spread):
    """Below eight, up to 128, halved above: each length rounds in its own way, all the more if magnitudes differ."""
    generator = np.random.default_rng(7)
    for n in LENGTHS:
        values = generator.standard_normal(n + 3) * np.exp(spread * generator.standard_normal(n + 3)) + 0.1
        assert_numpys(values, n % 4 if n > 4 else 0, float(values.mean()))


@given(st.integers(0, 2**32), st.integers(0, 2000))
def test_mean_and_variance_are_numpys(seed, n):
    """Divided by n, the sums are ``mean`` and ``var`` of a history of rewards."""
    rewards = -np.random.default_rng(seed).lognormal(10.0, 1.0, n + 1)
    total, _ = compiled(add_up)(rewards, 0, n + 1, 0.0)
    mean = total / (n + 1)
    _, squares = compiled(add_up)(rewards, 0, n + 1, mean)
    assert (mean, squares / (n + 1)) == (rewards.mean(), rewards.var())


@pytest.mark.parametrize("values", [np.arange(20.0)[::2], np.arange(10), np.ones((2, 5))])
def test_what_is_no_row_of_floats_is_not_compiled(values):
    """Numbers with gaps between them, whole numbers or a table would be read as what they are not."""
    with pytest.raises(TypingError):
        compiled(add_up)(values, 0, 3, 0.0)
