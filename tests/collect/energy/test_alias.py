"""When iterations keep step with a sensor, so that it sees only some parts of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from energy_runs import Recording

from simulator.collect.energy import FLAGS, INVALID, Meter, alias_risk

#: On both sides of the sensor's 100 ms, and some that are in step elsewhere.
STEPS_S = [*np.arange(0.080, 0.1301, 0.005), 0.098, 0.099, 0.1005, 0.1012, 0.1015, 0.102, 0.103, 0.051, 0.157, 0.5]
WINDOWS_S = (3, 5, 10, 20)


@pytest.fixture
def windows(make_gpus):
    """Measure windows of several lengths with one iteration time: each with its error, on simulated GPUs."""

    def measure(step_s, lengths_s, *, told=None, duty=0.5, counter=True, **knobs):
        phase_ms = random.Random(step_s).uniform(0, 100)
        run = Recording(make_gpus(manual=True, noise_w=0.5, phase_ms=phase_ms, **knobs))
        if not counter:
            run.gpus.fault("field_failing", field=83, code=3)
        edges = []
        for length_s in lengths_s:
            run.run(3, 60)
            edges.append(run.run(length_s, 225, ripple_w=75, ripple_period_s=step_s, duty=duty))
        run.run(3, 60)
        samples, _ = run.close()
        meter = Meter(samples, update_period_s=[0.1])
        for length_s, (start_ns, end_ns) in zip(lengths_s, edges, strict=True):
            steps = [step_s] * int(length_s / step_s) if told is None else told(length_s)
            window = meter.window(start_ns, end_ns, step_times_s=steps)
            yield window, abs(window.energy_j / run.truth_j(start_ns, end_ns) - 1)

    return measure


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_counter_that_samples_is_never_wrong_in_silence(windows, step_s):
    """It adds up 25 of each 100 ms: whatever is wrong by more than half a percent is flagged, from 3 s to 20 s."""
    for window, error in windows(step_s, WINDOWS_S, sums_windows=1):
        assert window.flags or error <= 0.005


@pytest.mark.parametrize(("step_s", "duty"), [(0.08, 0.15), (0.12, 0.3), (0.093, 0.2), (0.11, 0.7)])
def test_nor_is_one_that_samples_short_peaks(windows, step_s, duty):
    """Their higher frequencies matter, too."""
    for window, error in windows(step_s, WINDOWS_S, sums_windows=1, duty=duty):
        assert window.flags or error <= 0.005


def test_a_counter_that_integrates_is_believed(windows):
    """Of windows with iterations anywhere from 30 to 600 ms, fewer than one in six of 3 s is flagged, of 20 s in 15."""
    draw = np.random.default_rng(1)
    rows = [
        ["alias_risk" in window.flags for window, _ in windows(step_s, WINDOWS_S)]
        for step_s in draw.uniform(0.03, 0.6, 60)
    ]
    shares = np.mean(rows, axis=0)
    assert shares[0] < 1 / 6
    assert shares[-1] < 1 / 15
    assert list(shares) == sorted(shares, reverse=True)


@pytest.mark.parametrize("step_s", [0.093, 0.105, 0.11, 0.12, 0.127])
def test_it_is_believed_away_from_resonance_in_windows_of_five_seconds(windows, step_s):
    """Short windows are not flagged for being short."""
    for window, error in windows(step_s, (5, 10, 20)):
        assert window.flags == ()
        assert error < 0.005


def test_steps_are_told_about_once_a_second(windows):
    """As means over several, that fill the window."""
    for window, error in windows(0.1015, (5, 10), told=lambda length_s: [0.1015] * (length_s - 1), sums_windows=1):
        assert error > 0.03
        assert "alias_risk" in window.flags


def test_power_readings_alone_have_the_same_risk(windows):
    """Without a counter, they are a sum of samples for sure."""
    for window, error in windows(0.1015, (5, 10), counter=False):
        assert window.source == "instant_hold"
        assert error > 0.03
        assert "alias_risk" in window.flags


@pytest.mark.parametrize("step_s", [0.1, 0.05, 0.025, 0.2, 0.4, 0.075, 0.15, 0.1 / 3, 0.4 / 3, 0.1009])
def test_simple_fractions_of_the_update_period_are_a_risk(step_s):
    """Up to four updates, or four equal parts of an iteration, until the phases repeat."""
    assert alias_risk([step_s] * 100, 0.1)


@pytest.mark.parametrize("step_s", [0.037, 0.063, 0.093, 0.157, 0.23, 0.41, 0.102, 0.5, 0.02])
def test_other_iterations_are_none(step_s):
    """Phases pass by, or many are seen before they repeat; what swings little is wrong by little."""
    assert not alias_risk([step_s] * 100, 0.1)
    assert not alias_risk([step_s] * 100, 0.1, swing=0.005)


def test_how_near_is_too_near_depends_on_the_window():
    """3 % off: a few seconds see too few phases for a power that swings, a minute sees enough."""
    for seconds, risk in ((5, True), (20, True), (600, False)):
        assert alias_risk([0.103] * round(seconds / 0.103), 0.1, swing=0.3) == risk


def test_iterations_that_take_turns_are_judged_together():
    """90 and 110 ms are 200 ms exactly, however irregular each looks; so are means over ten."""
    assert alias_risk([0.09, 0.11] * 100, 0.1)
    assert alias_risk([0.1] * 20, 0.1, window_s=20.0)
    assert not alias_risk([0.09, 0.125] * 100, 0.1)


def test_irregular_iterations_mix_the_phases():
    """The longer it goes on, the less is left; a pause now and then is not irregular."""
    draw = random.Random(1)
    steps = [draw.gauss(0.1, 0.005) for _ in range(6000)]
    assert not alias_risk(steps, 0.1)
    assert alias_risk(steps[:20], 0.1)
    assert alias_risk(steps[:1000], 0.1, swing=0.4)
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
