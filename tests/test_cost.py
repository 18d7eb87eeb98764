"""What a run costs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus.utils.metric import zeus_cost

from simulator.cost import check_knobs, energy_time_cost
from simulator.errors import ReplayError

AMOUNTS = st.floats(0, 1e12)


@given(AMOUNTS, AMOUNTS, st.floats(0, 1), st.integers(1, 1000))
def test_cost_is_the_published_one(energy_j, time_s, eta, max_power_w):
    """Cost equals the published function's to the last bit."""
    ours = energy_time_cost(energy_j, time_s, eta=eta, max_power_w=max_power_w)
    assert ours == zeus_cost(energy_j, time_s, eta, max_power_w)


@pytest.mark.parametrize(("eta", "beta"), [(-0.1, 2), (1.1, 2), (math.nan, 2), (0.5, 1), (0.5, -2), (0.5, math.nan)])
def test_impossible_knobs_are_refused(eta, beta):
    """A knob that no replay can mean is named with its range."""
    with pytest.raises(ReplayError, match=r"eta is|beta is"):
        check_knobs(eta=eta, beta=beta)


@pytest.mark.parametrize(("eta", "beta"), [(0, math.inf), (1, 1.01), (0.5, 2)])
def test_possible_knobs_pass(eta, beta):
    """The ends of both ranges are possible."""
    check_knobs(eta=eta, beta=beta)
