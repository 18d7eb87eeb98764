"""What goes wrong with a sensor is flagged, and no number is wrong in silence."""

from __future__ import annotations

import pytest
from energy_runs import Recording

from simulator.collect.energy import Meter, notes


@pytest.fixture
def record(make_gpus):
    """Start a recording on new simulated GPUs."""
    return lambda **knobs: Recording(make_gpus(manual=True, **knobs))


def measured(run, start_ns, end_ns, *, periods=(0.1,), **words):
    """The window and its truth."""
    samples, _ = run.close()
    window = Meter(samples, update_period_s=periods, **words).window(start_ns, end_ns)
    return window, run.truth_j(start_ns, end_ns)


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


def test_an_hour_needs_no_hour_and_is_exact(record):
    """300 W for an hour are 1 080 000 J."""
    run = record()
    run.run(3, 60)
    start_ns, end_ns = run.run(3600, 300)
    run.run(3, 60)
    window, truth = measured(run, start_ns, end_ns)
    assert truth == 1_080_000
    assert window.energy_j == pytest.approx(truth, rel=1e-4)
    assert window.average_power_w == pytest.approx(300, rel=1e-4)
    assert window.flags == ()


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


def test_power_usage_that_is_a_mean_disagrees_with_nothing(record):
    """Without the instantaneous field, drivers give the mean of a second: late, and blurred, but right."""
    run = record()
    run.gpus.fault("field_failing", field=186, code=3)
    run.gpus.fault("field_failing", field=185, code=3)
    run.run(3, 60)
    edges = []
    run.loop = type(run.loop)(run.loop._gpus, clock=run.clock, period_ns=53_000_000, write=run._keep)
    for seconds in (3, 5, 10, 25):
        run.run(2, 60)
        edges.append(run.run(seconds, 225, ripple_w=75, ripple_period_s=0.157))
    run.run(3, 60)
    means = run.loop.instant_is_mean
    samples, _ = run.close()
    assert means == [True]
    counted = Meter(samples, update_period_s=[0.1], instant_is_mean=means)
    samples.attrs["collection"] = {"instant_is_mean": means}
    held = Meter(samples.assign(energy_mj=None), update_period_s=[0.1])
    for edge in edges:
        assert counted.window(*edge).flags == ()
        window = held.window(*edge)
        assert window.source == "instant_hold"
        assert abs(window.energy_j - run.truth_j(*edge)) <= window.uncertainty_j
        assert window.energy_j == pytest.approx(run.truth_j(*edge), rel=0.07)


def test_a_lost_gpu_leaves_a_gap(record):
    """Its reads fail from then on."""
    run = record()
    window, _ = measured(run, *loaded(run, 10, "lost"))
    assert "gap" in window.flags
    assert not window.valid


def test_several_gpus_are_summed_over_one_window_and_kept_apart(record):
    """Each with its own load and phase."""
    run = record(gpus=2)
    run.gpus.set(gpu=1, phase_ms=40)
    run.run(3, 60)
    run.gpus.set_demand(300, gpu=1)
    run.gpus.set_demand(200, ripple_w=50, ripple_period_s=0.157, gpu=0)
    start_ns, end_ns = run.run(8)
    run.run(3, 60)
    samples, _ = run.close()
    window = Meter(samples, update_period_s=[0.1, 0.1]).window(start_ns, end_ns)
    assert [gpu.gpu for gpu in window.gpus] == [0, 1]
    assert window.energy_j == pytest.approx(sum(gpu.energy_j for gpu in window.gpus))
    for gpu in window.gpus:
        assert gpu.energy_j == pytest.approx(run.gpus.true_energy_j(start_ns, end_ns, gpu=gpu.gpu), rel=0.005)
    assert window.instant_j == pytest.approx(4000, rel=0.03)
    alone = Meter(samples[samples["gpu"] == 1], update_period_s=[0.1, 0.1]).window(start_ns, end_ns)
    assert alone.energy_j is None  # a GPU that was never read is not one of 0 J
    assert not alone.valid


def test_contiguous_epochs_are_one_window_whose_edges_weigh_less(record):
    """The uncertainty of three epochs is about that of one, so a third of it per epoch."""
    run = record()
    run.run(3, 60)
    start_ns, first_ns = run.run(3, 225, ripple_w=75, ripple_period_s=0.157)
    _, end_ns = run.run(6)
    run.run(3, 60)
    samples, _ = run.close()
    meter = Meter(samples, update_period_s=[0.1])
    one, three = meter.window(start_ns, first_ns), meter.window(start_ns, end_ns)
    assert three.uncertainty_j / 3 < 0.6 * one.uncertainty_j


def test_what_the_slow_samples_say_of_a_window(record):
    """Another's limit, another's process, heat; seen through the real bindings."""
    run = record()
    run.gpus.set_pids([100, 101])
    run.run(3, 60)
    fine = run.run(5, 300)
    run.run(1)
    run.gpus.fault("limit_changed", watts=250)
    cut = run.run(5)
    limited = run.run(5)
    run.gpus.fault("foreign_pids", pids=[4242])
    shared = run.run(5)
    run.gpus.set(reasons=0x40)
    hot = run.run(5)
    _, slow = run.close()
    job = {"job_pids": [100, 101, 102]}
    assert notes(slow, *fine, limit_mw=400_000, **job) == set()
    assert notes(slow, fine[0], cut[0] - 100_000_000, limit_mw=400_000, **job) == {"limit_changed"}  # or soon after
    assert notes(slow, fine[0], cut[1], **job) == {"limit_changed"}
    assert notes(slow, *limited, limit_mw=400_000, **job) == {"limit_changed"}
    assert notes(slow, *limited, limit_mw=250_000, **job) == set()  # the power cap is what a limit is for
    assert notes(slow, *shared, **job) == {"foreign_process"}
    assert notes(slow, *shared) == set()
    assert notes(slow, *shared, job_pids=[7]) == set()  # the host's numbers, as in a container: nobody can tell
    assert "throttled" in notes(slow, *hot, **job)
