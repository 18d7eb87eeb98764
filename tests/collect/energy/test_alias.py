"""When iterations keep step with a sensor."""

from __future__ import annotations

import random

import pytest

from simulator.collect.energy import FLAGS, INVALID, alias_risk


@pytest.mark.parametrize("step_s", [0.1, 0.05, 0.025, 0.2, 0.4, 0.075, 0.15, 0.1 / 3, 0.4 / 3, 0.1009])
def test_simple_fractions_of_the_update_period_are_a_risk(step_s):
    """Up to four updates, or four iterations, until the phases repeat; within 1 %."""
    assert alias_risk([step_s] * 100, 0.1)


@pytest.mark.parametrize("step_s", [0.037, 0.063, 0.093, 0.157, 0.23, 0.41, 0.102, 0.5, 0.02])
def test_other_iterations_are_none(step_s):
    """Phases pass by, or many are seen before they repeat."""
    assert not alias_risk([step_s] * 100, 0.1)


def test_irregular_iterations_mix_the_phases():
    """The longer it goes on, the less irregular they need to be; a pause now and then is not irregular."""
    draw = random.Random(1)
    steps = [draw.gauss(0.1, 0.005) for _ in range(1000)]
    assert not alias_risk(steps, 0.1)
    assert alias_risk(steps[:20], 0.1)
    assert alias_risk([0.1] * 90 + [3.0] * 10, 0.1)


@pytest.mark.parametrize("steps", [[], [0.0], [float("nan")], [-1.0]])
def test_nothing_known_is_no_risk(steps):
    """Neither without steps nor without a period."""
    assert not alias_risk(steps, 0.1)
    assert not alias_risk([0.1], None)


def test_flags_that_invalidate_are_flags():
    """Each with its meaning in one line."""
    assert set(FLAGS) >= INVALID
    assert all(meaning and "\n" not in meaning for meaning in FLAGS.values())
    assert list(FLAGS) == sorted(FLAGS)
