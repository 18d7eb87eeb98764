"""Whole recordings through the real bindings: long ones, of several GPUs, of epochs, with notes."""

from __future__ import annotations

import pytest
from energy_runs import measured

from simulator.collect.energy import Meter, notes


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
