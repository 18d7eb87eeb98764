"""A GPU that is lost, or lacks a sensor, stays in view with what is known of it."""

from __future__ import annotations

import pytest
from nvml_stub import ManualClock

from simulator.collect.live import watch
from simulator.collect.nvml import find_gpus, nvml


def test_a_lost_gpu_stays_in_view_and_the_others_go_on(make_gpus):
    """It is said to be lost, with the energy that it had; the other one is watched as before."""
    gpus = make_gpus(gpus=2, manual=True)
    gpus.set_demand(200)
    gpus.set_demand(150, gpu=1)
    gpus.fault("lost", at_ns=gpus.now_ns() + 3_500_000_000)
    with nvml():
        seen = list(watch(find_gpus(), seconds=6, clock=ManualClock(gpus)))
    assert [view.gpus[0].lost for view in seen] == [False] * 4 + [True] * 3
    lost, other = seen[-1].gpus
    assert (lost.power_instant_w, lost.power_average_w, lost.temperature_c, lost.pids) == (None, None, None, None)
    assert lost.code == 15
    assert lost.energy_j == pytest.approx(600, abs=110)
    assert lost.history_w[-1] is None
    assert (other.lost, other.power_instant_w) == (False, 150)


def test_a_gpu_without_counter_or_mean_gets_both_from_its_power(views, manual_gpus):
    """And the view says so."""
    manual_gpus.fault("field_failing", field=83)
    manual_gpus.fault("not_supported", groups="energy")
    manual_gpus.fault("field_failing", field=185)
    manual_gpus.set_demand(250)
    manual_gpus.advance(1)
    *_, last = views(seconds=4)
    (gpu,) = last.gpus
    assert (gpu.power_average_w, gpu.average_source) == (250, "readings")
    assert gpu.energy_j == pytest.approx(1000)
    assert gpu.energy_source == "power"


def test_a_counter_that_begins_anew_takes_nothing_away(views, manual_gpus):
    """Energy never falls."""
    manual_gpus.set_demand(200)
    manual_gpus.fault("counter_reset", at_ns=manual_gpus.now_ns() + 2_500_000_000)
    energies = [view.gpus[0].energy_j for view in views(seconds=5)]
    assert energies == sorted(energies)
    assert energies[-1] == pytest.approx(1000, abs=60)


def test_zeros_are_no_power(views, manual_gpus):
    """Some drivers answer 0 when asked often; that is no idle GPU."""
    manual_gpus.set_demand(200)
    start_ns = manual_gpus.now_ns()
    manual_gpus.fault("zero_reads", at_ns=start_ns + 1_100_000_000, until_ns=start_ns + 4_100_000_000)
    gpus = [view.gpus[0] for view in views(seconds=5)]
    assert [gpu.power_instant_w for gpu in gpus[1:]] == [200, None, None, None, 200]
    assert not any(gpu.lost for gpu in gpus)
    assert gpus[4].energy_j == pytest.approx(200, abs=30)
    assert gpus[5].energy_j == pytest.approx(1000, abs=30)
