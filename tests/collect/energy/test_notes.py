"""What slow samples say of a window, with nulls and columns that some GPUs lack."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator.collect.energy import notes

SECOND = 1_000_000_000


def slow(n=10, **columns):
    """One row a second of one GPU."""
    constant = {"gpu": 0, "event_reasons": 4, "enforced_limit_mw": 300_000, "hw_thermal_ns": 7}
    return pd.DataFrame({"mono_ns": [i * SECOND for i in range(n)]} | constant | columns).convert_dtypes()


@pytest.mark.parametrize("bit", [0x08, 0x20, 0x40, 0x80])
def test_protection_of_the_hardware_is_throttling(bit):
    """Slowdown, heat and the power brake, whatever else is set."""
    assert notes(slow(event_reasons=[0] * 5 + [bit | 4] + [0] * 4), 2 * SECOND, 8 * SECOND) == {"throttled"}


@pytest.mark.parametrize("bits", [0, 1, 2, 4, 0x10, 0x100])
def test_the_power_cap_is_not_throttling(bits):
    """It is what a power limit is for; nor is being idle."""
    assert notes(slow(event_reasons=bits), 2 * SECOND, 8 * SECOND) == set()


@pytest.mark.parametrize("name", ["hw_thermal_ns", "sw_thermal_ns", "power_brake_ns"])
def test_a_counter_of_throttled_time_that_grew_shows_what_happened_between_the_samples(name):
    """Only around the window, not long before."""
    grown = slow(**{name: [0] * 5 + [9] * 5})
    assert notes(grown, 4 * SECOND, 8 * SECOND) == {"throttled"}
    assert notes(grown, 7 * SECOND, 9 * SECOND) == set()


def test_a_window_between_two_slow_samples_has_notes_too():
    """Windows may be shorter than a second."""
    start, end = 4 * SECOND + 100, 5 * SECOND - 100
    assert notes(slow(enforced_limit_mw=200_000), start, end, limit_mw=300_000) == {"limit_changed"}
    assert notes(slow(event_reasons=0x40), start, end) == {"throttled"}
    assert notes(slow(pids=[[1, 2]] * 10), start, end, job_pids=[1]) == {"foreign_process"}


def test_what_happened_between_the_samples_around_a_short_window_belongs_to_it():
    """A counter that grew from the sample before to the one after it."""
    grown = slow(hw_thermal_ns=[7] * 5 + [9] * 5)
    assert notes(grown, 4_300_000_000, 4_600_000_000) == {"throttled"}


def test_a_limit_that_changed_in_the_last_second_is_seen_by_the_first_sample_after_it():
    """It may have changed inside; those before the window, and later ones, say nothing of it."""
    changed = slow(enforced_limit_mw=[200_000] * 2 + [300_000] * 4 + [150_000] * 4)
    assert notes(changed, int(2.1 * SECOND), int(5.4 * SECOND), limit_mw=300_000) == {"limit_changed"}
    assert notes(changed, int(2.1 * SECOND), int(5.4 * SECOND)) == {"limit_changed"}
    assert notes(changed, int(2.1 * SECOND), int(4.9 * SECOND), limit_mw=300_000) == set()


def test_nothing_known_is_nothing_said():
    """Columns of nulls, no columns, no rows, pids that could not be read."""
    assert notes(slow(event_reasons=None, enforced_limit_mw=None, pids=None), 0, 9 * SECOND, job_pids=[1]) == set()
    assert notes(slow()[["mono_ns", "gpu"]], 0, 9 * SECOND, limit_mw=1, job_pids=[1]) == set()
    assert notes(slow()[:0], 0, 9 * SECOND, job_pids=[1]) == set()
    assert notes(slow(pids=[[]] * 10), 0, 9 * SECOND, job_pids=[1]) == set()
