"""Windows at any place of any profile: honest, additive, and the same wherever the clock stands."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from energy_twin import Profile, nanoseconds, random_profile, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.collect.energy import FLAGS, Meter
from simulator.errors import SampleError

SENSORS = [(0.1, 0.025, 0.053), (0.1, 0.025, 0.05), (0.101, 0.1, 0.05), (0.02, 0.01, 0.02)]

parts = st.lists(st.tuples(st.floats(0.01, 3), st.integers(20, 700)), min_size=1, max_size=12)
phases = st.floats(0, 0.999)
sensors = st.sampled_from(SENSORS)


def profile_of(drawn, lead_s=4.0):
    """Drawn parts, with idle around them."""
    lengths, watts = zip(*drawn, strict=True)
    return Profile(np.cumsum([0.0, lead_s, *lengths, lead_s]), [60, *watts, 60])


def measure(profile, start_s, end_s, *, offset_ns=10**15, period=True, **sensor):
    samples = sample(profile, offset_ns=offset_ns, **sensor)
    meter = Meter(samples, update_period_s=[sensor["update_s"]] if period else None)
    return meter.window(nanoseconds(start_s, offset_ns), nanoseconds(end_s, offset_ns))


def words(sensor, phase=0.3):
    return dict(zip(("update_s", "window_s", "read_s"), sensor, strict=True), phase=phase)


@given(parts, phases, sensors, st.floats(0, 1), st.floats(0.001, 1))
@settings(max_examples=150, deadline=None)
def test_no_window_is_wrong_by_more_than_the_updates_at_its_edges(drawn, phase, sensor, place, share):
    """Whatever power does, the error is below what is drawn over one update and two reads at each edge."""
    profile = profile_of(drawn)
    end = profile.edges[-1] - 4
    start = 4 + place * (end - 4) * 0.9
    stop = start + max(0.001, share * (end - start))
    window = measure(profile, start, stop, **words(sensor, phase))
    reach = sensor[0] + 2 * sensor[2]
    sure = sum(profile.truth_j(edge - reach, edge + reach) for edge in (start, stop))
    assert abs(window.energy_j - profile.truth_j(start, stop)) <= sure
    assert 0 <= window.uncertainty_j <= sure
    assert window.valid
    assert set(window.flags) <= set(FLAGS)


@given(st.lists(st.tuples(st.floats(3, 6), st.integers(50, 700)), min_size=3, max_size=4), phases, sensors)
@settings(max_examples=100, deadline=None)
def test_where_power_is_steady_the_truth_is_within_the_stated_uncertainty(drawn, phase, sensor):
    """Epochs of steady power that differ from each other, edges exactly between them; 1.5 times stated at most."""
    profile = profile_of(drawn)
    for start, stop in ((profile.edges[1], profile.edges[-2]), (profile.edges[2], profile.edges[3])):
        window = measure(profile, start, stop, **words(sensor, phase))
        assert abs(window.energy_j - profile.truth_j(start, stop)) <= 1.5 * window.uncertainty_j + 0.01


@pytest.mark.parametrize("sensor", SENSORS)
@pytest.mark.parametrize(("shortest_s", "longest_s"), [(0.02, 0.1), (0.2, 1), (3, 8)])
@pytest.mark.parametrize("period", [True, False])
def test_the_truth_is_within_the_stated_uncertainty_nearly_always(sensor, shortest_s, longest_s, period):
    """Random power, random windows of 0.3 s to 20 s: 95 in 100 within, none beyond three times."""
    draw = np.random.default_rng(7)
    ratios = []
    for _ in range(100):
        profile = random_profile(draw, 35, shortest_s, longest_s)
        start = draw.uniform(4, 8)
        stop = start + np.exp(draw.uniform(np.log(0.3), np.log(20)))
        window = measure(profile, start, stop, **words(sensor, draw.random()), period=period)
        ratios.append(abs(window.energy_j - profile.truth_j(start, stop)) / window.uncertainty_j)
    assert np.mean(np.array(ratios) <= 1) >= 0.95
    assert max(ratios) < 3


@given(parts, phases, sensors, st.floats(0.05, 0.95))
@settings(max_examples=100, deadline=None)
def test_adjoining_windows_add_up_to_the_window_over_both(drawn, phase, sensor, place):
    """Within what is said of the three."""
    profile = profile_of(drawn)
    samples = sample(profile, **words(sensor, phase))
    meter = Meter(samples, update_period_s=[sensor[0]])
    edges = [nanoseconds(moment) for moment in (3, 3 + place * (profile.edges[-1] - 6), profile.edges[-1] - 3)]
    first, second, both = (meter.window(*edge) for edge in (edges[:2], edges[1:], (edges[0], edges[2])))
    stated = first.uncertainty_j + second.uncertainty_j + both.uncertainty_j
    assert abs(first.energy_j + second.energy_j - both.energy_j) <= 1.5 * stated + 0.01


@given(parts, sensors, st.integers(0, 2**62))
@settings(max_examples=50, deadline=None)
def test_the_moment_that_the_clock_began_does_not_matter(drawn, sensor, offset_ns):
    """Years of uptime change nothing."""
    profile = profile_of(drawn)
    here, there = (
        measure(profile, 3.5, profile.edges[-1] - 3.5, offset_ns=offset, **words(sensor)) for offset in (0, offset_ns)
    )
    assert there.energy_j == pytest.approx(here.energy_j, rel=1e-9)
    assert there.uncertainty_j == pytest.approx(here.uncertainty_j, rel=1e-6)
    assert there.flags == here.flags


values = st.lists(st.one_of(st.none(), st.integers(0, 10**7)), min_size=1, max_size=40)


@given(values, values, values, st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.integers(-(10**9), 10**10))
@settings(max_examples=200, deadline=None)
def test_any_samples_give_a_window_and_never_an_exception(energy, instant, average, gaps, start_ns):
    """Nulls, zeros, counters that go anywhere, reads at the same moment, windows beside the samples."""
    n = min(map(len, (energy, instant, average, gaps)))
    before = np.cumsum(gaps[:n])
    columns = {"energy_mj": energy[:n], "power_instant_mw": instant[:n], "power_average_mw": average[:n]}
    samples = pd.DataFrame({name: pd.array(column, "Int64") for name, column in columns.items()})
    samples = samples.assign(gpu=0, before_ns=before, after_ns=before + 1000)
    window = Meter(samples).window(start_ns, start_ns + 3_000_000_000)
    if window.source is None:
        assert window.energy_j is None
        assert not window.valid
    else:
        assert window.energy_j >= 0
        assert window.uncertainty_j >= 0
        assert np.isfinite([window.energy_j, window.uncertainty_j]).all()


def test_samples_that_cannot_be_used_are_refused_with_what_is_missing():
    """Nothing, columns, or times."""
    samples = sample(Profile([0, 10], [200]))
    with pytest.raises(SampleError, match="no samples"):
        Meter(samples[:0])
    with pytest.raises(SampleError, match="lack energy_mj"):
        Meter(samples.drop(columns="energy_mj"))
    with pytest.raises(SampleError, match="without a time"):
        Meter(samples.assign(before_ns=pd.NA))
    with pytest.raises(SampleError, match="end after it starts"):
        Meter(samples).window(5, 5)


def test_a_window_beside_the_samples_is_unknown_or_invalid():
    """Before the first sample, after the last, and across either by more than a second."""
    meter = Meter(sample(Profile([0, 10], [200])))
    for start, stop in ((-20, -10), (30, 40), (-5, 5), (5, 15)):
        window = meter.window(nanoseconds(start), nanoseconds(stop))
        assert not window.valid
        assert "gap" in window.flags
