"""What is worth choosing so far."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.compare.front import on_front
from simulator.explore.read.front import on_fronts, regrets_pct

FEW = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf])


@given(st.integers(0, 12).flatmap(lambda n: st.tuples(arrays(float, n, elements=FEW), arrays(float, n, elements=FEW))))
def test_the_front_is_that_of_compare(points):
    """The quick way and the definition agree, ties and infinities included."""
    energy, time = points
    assert on_fronts(energy, time, [0] * len(energy)).tolist() == on_front(energy, time).tolist()


def test_rows_compete_within_their_context_only():
    """Another job's cheap row makes no row of this one a bad choice."""
    energy, time = np.array([1.0, 9.0, 8.0]), np.array([1.0, 9.0, 8.0])
    assert on_fronts(energy, time, ["a", "b", "b"]).tolist() == [True, False, True]
    assert regrets_pct(np.array([4.0, 6.0, 5.0]), ["a", "b", "b"]).round(6).tolist() == [0.0, 20.0, 0.0]


def test_what_is_not_known_is_not_held_against_others():
    """A row without results is neither on the front nor better than any."""
    energy, time = np.array([1.0, 2.0]), np.array([np.nan, 2.0])
    assert on_fronts(energy, time, [0, 0]).tolist() == [False, True]
    assert np.isnan(regrets_pct(np.array([np.nan, 2.0]), [0, 0])).tolist() == [True, False]
