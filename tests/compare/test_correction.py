"""P-values for many comparisons at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.compare.correction import CORRECTIONS, correct

p_values = st.lists(st.floats(0, 1), max_size=12)


@given(p_values)
def test_benjamini_hochberg_is_scipys(given_values):
    """Equal to scipy's for any p-values."""
    expected = stats.false_discovery_control(given_values) if given_values else []
    assert correct(given_values, "benjamini-hochberg") == pytest.approx(np.asarray(expected, float))


@given(p_values)
def test_holm_rejects_what_stepping_down_rejects(given_values):
    """The corrected p-value is at most a level exactly where Holm's steps reject at that level."""
    corrected = correct(given_values, "holm")
    for level in (0.01, 0.05, 0.3):
        rejected = set()
        for step, position in enumerate(sorted(range(len(given_values)), key=given_values.__getitem__)):
            if given_values[position] * (len(given_values) - step) > level:
                break
            rejected.add(position)
        assert set(np.flatnonzero(corrected <= level)) == rejected


@given(p_values, st.sampled_from(CORRECTIONS))
def test_nothing_becomes_surer_and_the_order_stays(given_values, method):
    """Corrected p-values are no smaller, at most 1, and in the order of the others; "none" leaves them."""
    corrected = correct(given_values, method)
    assert (corrected >= np.asarray(given_values)).all()
    assert (corrected <= 1).all()
    order = np.argsort(given_values, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()
    if method == "none":
        assert corrected.tolist() == given_values


@pytest.mark.parametrize("method", CORRECTIONS)
def test_what_could_not_be_compared_does_not_count(method):
    """NaN stays, and makes the family no larger."""
    found = correct([0.02, np.nan, 0.03], method)
    assert np.isnan(found[1])
    assert found[[0, 2]].tolist() == correct([0.02, 0.03], method).tolist()


def test_holm_makes_false_claims_no_more_often_than_it_says():
    """Of 2,000 families of 20 true nulls, about 5 % hold a claim; without correction, most do."""
    chance = np.random.default_rng(7)
    families = chance.uniform(size=(2000, 20))
    assert np.mean([(correct(family) <= 0.05).any() for family in families]) == pytest.approx(0.05, abs=0.015)
    assert np.mean([(correct(family, "none") <= 0.05).any() for family in families]) > 0.5
