"""The parts of a window's energy: instants of updates, rests at edges, power held."""

from __future__ import annotations

import numpy as np
import pytest
from energy_twin import Profile, nanoseconds, sample

from simulator.collect.energy import Meter
from simulator.collect.energy.edge import side
from simulator.collect.energy.readings import Readings
from simulator.collect.energy.swing import counter_swing
from simulator.collect.energy.updates import updates_of


def readings(before_s, energy_j, call_s=0.0):
    """Reads of a counter only."""
    before_s = np.asarray(before_s, float)
    none = np.full(len(before_s), np.nan)
    return Readings(before_s, before_s + call_s, np.asarray(energy_j, float), none, none)


@pytest.mark.parametrize("call_s", [0.0, 0.3])
def test_a_counter_was_updated_about_a_period_before_it_was_seen_at_most(call_s):
    """However long nobody read; and before the call began, as far as anybody knows."""
    updates = updates_of(readings([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], call_s), 0.1, 1000)
    assert updates.high_s == pytest.approx([1.0 + call_s, 2.0 + call_s])
    assert updates.low_s == pytest.approx([0.89, 1.89])


def test_power_at_an_edge_is_that_of_the_nearest_second():
    """Not of what came before that."""
    away_s = np.arange(0.05, 4, 0.1)
    energy_j = -np.where(away_s < 1.3, 400 * away_s, 400 * 1.3 + 100 * (away_s - 1.3))
    assert side(away_s, energy_j, np.array([]), 0.1).power_w == pytest.approx(400)


def test_power_is_half_an_update_old_when_it_is_read():
    """Held as it was read, load that begins with the window, and goes on after it, would be too little by 15 J."""
    errors = []
    for phase in np.arange(0.05, 1, 0.1):
        profile = Profile([0, 5, 12], [60, 300])
        samples = sample(profile, phase=phase, read_s=0.01).assign(energy_mj=None)
        window = Meter(samples, update_period_s=[0.1]).window(nanoseconds(5), nanoseconds(7))
        errors.append(window.energy_j - 600)
    assert np.mean(errors) == pytest.approx(0, abs=8)


def test_few_updates_leave_half_of_what_is_possible_open():
    """Nobody can tell from three of them how power varies."""
    samples = sample(Profile([0, 10], [200]))
    short, long = (
        Meter(samples, update_period_s=[0.1]).window(nanoseconds(5), nanoseconds(end_s)) for end_s in (5.35, 5.75)
    )
    assert short.uncertainty_j > 8
    assert long.uncertainty_j < 4


def swing_of(steps_w, instants_w):
    """The swing by updates every 100 ms, read at once, that add so much power."""
    read_s = 0.1 * np.arange(len(steps_w) + 1)
    energy_j = 1000 + np.concatenate([[0], np.cumsum(steps_w)]) * 0.1
    power = np.concatenate([[200.0], instants_w])
    reads = Readings(read_s, read_s, energy_j, power, np.full(len(power), np.nan))
    updates = updates_of(reads, 0.1, 1000)
    return counter_swing(updates, reads, slice(0, len(updates.energy_j)))


def test_a_counter_has_no_swing_of_its_own_only_if_it_is_smoother_than_the_instants():
    """One that adds up the instants, earlier ones, or others that vary as much, swings as power does."""
    instants = 200 + 80 * np.cos(0.7 * np.arange(60))
    for steps in (instants, np.roll(instants, 1), 200 + 80 * np.sin(0.7 * np.arange(60))):
        assert swing_of(steps, instants) == pytest.approx(0.4, rel=0.1)
    assert swing_of(200 + 0.1 * (instants - 200), instants) == 0
    assert swing_of(np.full(60, 200.0) + np.arange(60) % 2, np.full(60, 200.0)) < 0.01


def test_levels_that_both_show_hide_no_ripple():
    """Training and validation differ in power; one that integrates still lacks what is faster than an update."""
    levels = np.where(np.arange(60) < 40, 300.0, 200.0)
    ripple = 60 * np.cos(2.1 * np.arange(60))
    assert swing_of(levels + 0.1 * ripple, levels + ripple) == 0
    assert swing_of(levels + ripple, levels + ripple) > 0.3


def test_two_updates_show_no_swing():
    """Nothing is known then."""
    assert swing_of([200.0], [200.0]) is None
