"""How far seeds move a number."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.compare.means import mean_interval
from simulator.explore.read.intervals import changes_pct, means

NAN = np.nan


def test_means_are_those_of_the_rest_of_the_package():
    """Rows with fewer cells are padded, which moves nothing."""
    values = np.array([[3.0, 1.0, 7.5, 2.0], [5.0, NAN, 6.0, NAN], [4.0, NAN, NAN, NAN], [NAN] * 4])
    found = means(values, confidence=0.9)
    for row, *ends in zip(values, found.value, found.low, found.high, strict=True):
        np.testing.assert_array_equal(ends, mean_interval(row, confidence=0.9))
    assert found.n.tolist() == [4, 2, 1, 0]


def test_the_order_of_cells_moves_no_bit():
    """Chunks end in any order."""
    draw = np.random.default_rng(3)
    values = draw.lognormal(sigma=9, size=(5, 40))
    again = draw.permuted(values, axis=1)
    np.testing.assert_array_equal(means(values, confidence=0.95)[:3], means(again, confidence=0.95)[:3])


def test_intervals_of_changes_hold_the_truth_as_often_as_they_say():
    """Of 2,000 with 12 pairs each, 95 % hold it; chance alone errs by 1.5 points once in 500 times."""
    draw = np.random.default_rng(0)
    luck = draw.lognormal(sigma=0.5, size=(2000, 12))
    noise = draw.lognormal(sigma=0.05, mean=-(0.05**2) / 2, size=(2, 2000, 12))
    found = changes_pct(0.8 * luck * noise[0], luck * noise[1], confidence=0.95)
    held = ((found.low <= -20.0) & (found.high >= -20.0)).mean()
    assert held == pytest.approx(0.95, abs=0.025)


def test_a_seed_without_a_partner_is_left_out_of_both():
    """A baseline that is further on has no better luck for it."""
    both = changes_pct(np.array([[1.0, 2.2]]), np.array([[2.0, 4.0]]), confidence=0.95)
    more = changes_pct(np.array([[1.0, 2.2, NAN]]), np.array([[2.0, 4.0, 900.0]]), confidence=0.95)
    np.testing.assert_allclose(more[:3], both[:3], rtol=1e-12)
    assert more.n.tolist() == [2]


def test_what_has_no_ratio_has_no_change():
    """A mean of zero or less makes none, and says so without a warning."""
    found = changes_pct(np.array([[0.0, 0.0], [-1.0, -2.0]]), np.array([[1.0, 2.0], [1.0, 2.0]]), confidence=0.95)
    assert np.isnan(found.value).all()
