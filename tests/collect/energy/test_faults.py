"""What goes wrong with a sensor is flagged, and no number is wrong in silence."""

from __future__ import annotations

import pytest
from energy_runs import measured

from simulator.collect.energy import Meter


def loaded(run, seconds=10, fault=None, **words):
    """Idle, then load with an iteration of 157 ms, then idle; a fault may come two seconds into the load."""
    run.run(3, 60)
    start_ns, _ = run.run(2, 225, ripple_w=75, ripple_period_s=0.157)
    if fault:
        run.gpus.fault(fault, **words)
    _, end_ns = run.run(seconds - 2)
    run.run(3, 60)
    return start_ns, end_ns


@pytest.mark.parametrize("knobs", [{"counter_gain": 1.06}, {"instant_gain": 0.9}])
def test_sensors_that_differ_by_their_gain_disagree(record, knobs):
    """Nobody can say which is right: the counter's number stays, flagged."""
    run = record(**knobs)
    window, _ = measured(run, *loaded(run, 60))
    assert window.flags == ("sensor_disagree",)
    assert window.valid


def test_a_gpu_without_a_counter_is_measured_by_its_power(record):
    """As before Volta."""
    run = record(update_ms=20, window_ms=10)
    run.gpus.fault("field_failing", field=83, code=3)
    window, truth = measured(run, *loaded(run, 20), periods=(None,))
    assert window.source == "instant_hold"
    assert abs(window.energy_j - truth) <= window.uncertainty_j
    assert window.energy_j == pytest.approx(truth, rel=0.05)
    assert window.valid
    assert "sensor_disagree" not in window.flags


def test_a_counter_that_is_reset_makes_the_window_invalid(record):
    """A driver was loaded again: power still says about how much it was."""
    run = record()
    start_ns, end_ns = loaded(run, 10, "counter_reset")
    samples, _ = run.close()
    meter = Meter(samples, update_period_s=[0.1])
    window = meter.window(start_ns, end_ns)
    assert "counter_reset" in window.flags
    assert not window.valid
    assert window.energy_j == pytest.approx(run.truth_j(start_ns, end_ns), rel=0.1)
    for edges in ((start_ns, start_ns + 1_500_000_000), (start_ns + 2_500_000_000, end_ns)):  # cut: either side is fine
        part = meter.window(*edges)
        assert part.valid
        assert abs(part.energy_j - run.truth_j(*edges)) <= part.uncertainty_j


def test_a_counter_that_jumps_is_a_reset(record):
    """It adds more than 1.5 times what the board may draw."""
    run = record()
    start_ns, end_ns = loaded(run)
    samples, _ = run.close()
    middle = (start_ns + end_ns) // 2
    samples.loc[samples["before_ns"] > middle, "energy_mj"] += 500_000
    window = Meter(samples, update_period_s=[0.1], max_power_w=[400]).window(start_ns, end_ns)
    assert "counter_reset" in window.flags
    assert not window.valid


def test_one_failed_read_does_no_harm_but_a_second_of_them_does(record):
    """Nulls inside a window: up to a second, the counter bridges them."""
    run = record()
    start_ns, end_ns = loaded(run)
    samples, _ = run.close()
    truth = run.truth_j(start_ns, end_ns)
    since = (samples["before_ns"] - (start_ns + end_ns) // 2) / 1e9
    for seconds, valid in ((0.06, True), (0.9, True), (1.2, False)):
        failing = samples.copy()
        hidden = (since >= 0) & (since < seconds)
        failing.loc[hidden, ["energy_mj", "power_instant_mw", "power_average_mw"]] = None
        for kept in (failing, samples[~hidden]):  # read in vain, or not at all
            window = Meter(kept, update_period_s=[0.1]).window(start_ns, end_ns)
            assert window.valid == valid
            assert ("gap" in window.flags) == (not valid)
            assert window.energy_j == pytest.approx(truth, rel=0.005)


def test_zeros_are_failed_reads(record):
    """Some drivers answer 0 when they are asked often."""
    run = record()
    start_ns, end_ns = loaded(run)
    samples, _ = run.close()
    samples.loc[samples["tick"] % 7 == 3, ["energy_mj", "power_instant_mw"]] = 0
    window = Meter(samples, update_period_s=[0.1]).window(start_ns, end_ns)
    assert window.valid
    assert abs(window.energy_j - run.truth_j(start_ns, end_ns)) <= window.uncertainty_j
    assert not {"counter_reset", "sensor_disagree"} & set(window.flags)


def test_a_counter_that_stands_still_is_not_believed(record):
    """It answers, but never changes."""
    run = record()
    start_ns, end_ns = loaded(run)
    samples, _ = run.close()
    stuck = samples.assign(energy_mj=samples["energy_mj"].iloc[0])
    late = samples.assign(
        energy_mj=samples["energy_mj"].where(samples["before_ns"] < start_ns, samples["energy_mj"].iloc[9])
    )
    for wrong in (stuck, late):
        window = Meter(wrong, update_period_s=[0.1]).window(start_ns, end_ns)
        assert window.source == "instant_hold"
        assert {"sensor_disagree", "counter_reset"} & set(window.flags)


def test_power_that_never_changes_is_uncertain_to_the_last_joule(record):
    """No counter, and a constant reading: it may be stuck."""
    run = record()
    start_ns, end_ns = loaded(run)
    samples, _ = run.close()
    window = Meter(samples.assign(energy_mj=None, power_instant_mw=150_000)).window(start_ns, end_ns)
    assert window.uncertainty_j == window.energy_j
    assert {"uncertain", "short"} & set(window.flags)


def test_constant_power_disagrees_with_a_counter_that_counts(record):
    """The counter wins, flagged."""
    run = record()
    start_ns, end_ns = loaded(run, 30)
    samples, _ = run.close()
    window = Meter(samples.assign(power_instant_mw=150_000), update_period_s=[0.1]).window(start_ns, end_ns)
    assert window.source == "counter"
    assert "sensor_disagree" in window.flags


@pytest.mark.parametrize("call_ms", [60, 150])
def test_slow_calls_blur_the_edges_and_no_more(record, call_ms):
    """The value is from some moment of the call, which may last longer than an update."""
    held = []
    for seed in range(12):
        run = record(phase_ms=8 * seed)
        run.gpus.fault("slow_calls", ms=call_ms, groups="fields")
        run.run(3 + 0.017 * seed, 60)
        edges = run.run(10, 225, ripple_w=75, ripple_period_s=0.157)
        run.run(3, 60)
        window, truth = measured(run, *edges)
        held.append(abs(window.energy_j - truth) <= window.uncertainty_j)
    assert sum(held) >= 11


def test_a_lost_gpu_leaves_a_gap(record):
    """Its reads fail from then on."""
    run = record()
    window, _ = measured(run, *loaded(run, 10, "lost"))
    assert "gap" in window.flags
    assert not window.valid
