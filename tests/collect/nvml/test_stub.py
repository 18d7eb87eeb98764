"""The simulated GPU keeps its promises: exact energy, one state for all processes, sensors like NVML's."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time

import pynvml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nvml_stub import ManualClock, SimulatedGpus

#: A process that finds the GPU as any program would.
CHILD = "import pynvml as n; n.nvmlInit(); h = n.nvmlDeviceGetHandleByIndex(0); "


def in_child(gpus, code):
    """Run Python code with ``n`` for pynvml and ``h`` for the first GPU; return what it prints."""
    words = [sys.executable, "-c", CHILD + code]
    env = os.environ | gpus.environment()
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


@pytest.fixture
def handle(manual_gpus):
    """NVML's handle of the manual GPU."""
    pynvml.nvmlInit()
    yield pynvml.nvmlDeviceGetHandleByIndex(0)
    pynvml.nvmlShutdown()


def test_an_hour_at_300_watts_is_exact(manual_gpus, handle):
    manual_gpus.set_demand(300)
    start = manual_gpus.now_ns()
    before = pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    manual_gpus.advance(3600)
    assert manual_gpus.true_energy_j(start, manual_gpus.now_ns()) == 1_080_000.0
    assert pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) - before == 1_080_000_000


def test_thousands_of_segments_over_hours_stay_exact(manual_gpus):
    start, joules = manual_gpus.now_ns(), 0
    for i in range(5000):
        manual_gpus.set_demand(100 + i % 200)
        manual_gpus.advance(7)
        joules += 7 * (100 + i % 200)
    assert manual_gpus.true_energy_j(start, manual_gpus.now_ns()) == joules


@settings(max_examples=30, deadline=None)
@given(
    periods=st.integers(1, 50),
    duty=st.sampled_from([0.25, 0.5, 0.75]),
    ripple=st.sampled_from([0, 3, 30, 48]),
    rest=st.integers(0, 40),
)
def test_a_ripple_keeps_the_mean_over_whole_periods(stub_library, tmp_path_factory, periods, duty, ripple, rest):
    gpus = SimulatedGpus(tmp_path_factory.mktemp("state"), library=stub_library, manual=True)
    gpus.advance(rest / 1000)
    gpus.set_demand(250, ripple_w=ripple, ripple_period_s=0.04, duty=duty)
    start = gpus.now_ns()
    assert gpus.true_energy_j(start, start + periods * 40_000_000) == pytest.approx(250 * 0.04 * periods, abs=1e-9)
    high = gpus.true_energy_j(start, start + round(40_000_000 * duty))
    assert high == pytest.approx((250 + ripple) * 0.04 * duty, abs=1e-9)


def test_a_limit_cuts_power_energy_and_clocks_and_says_so(manual_gpus, handle):
    manual_gpus.set_demand(350)
    manual_gpus.advance(10)
    assert pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle) == 0
    pynvml.nvmlDeviceSetPowerManagementLimit(handle, 200_000)
    start = manual_gpus.now_ns()
    manual_gpus.advance(10)
    assert manual_gpus.true_power_w() == 200
    assert manual_gpus.true_energy_j(start, manual_gpus.now_ns()) == 2000
    assert pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle) == 4
    assert pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM) < 1980
    assert pynvml.nvmlDeviceGetFieldValues(handle, [74])[0].value.ullVal == 10 * 10**9
    assert manual_gpus.speed() == pytest.approx((200 / 350) ** (1 / 3))


def test_a_limit_may_be_felt_later_than_it_is_told(make_gpus):
    gpus = make_gpus(manual=True, limit_delay_ms=200)
    gpus.set_demand(350)
    pynvml.nvmlInit()
    pynvml.nvmlDeviceSetPowerManagementLimit(pynvml.nvmlDeviceGetHandleByIndex(0), 150_000)
    pynvml.nvmlShutdown()
    assert gpus.enforced_w() == 150
    assert gpus.true_power_w() == 350
    gpus.advance(0.2)
    assert gpus.true_power_w() == 150


def test_demand_may_be_told_ahead_and_a_limit_between_holds_for_it(manual_gpus):
    start = manual_gpus.now_ns()
    manual_gpus.set_demand(300, at_ns=start + 2 * 10**9)
    manual_gpus.fault("limit_changed", watts=200, at_ns=start + 1 * 10**9)
    manual_gpus.advance(4)
    assert manual_gpus.true_energy_j(start, manual_gpus.now_ns()) == 2 * 60 + 2 * 200
    assert manual_gpus.limit_w() == 200


def test_sensors_stand_still_between_updates(manual_gpus, handle):
    manual_gpus.set_demand(300)
    seen = []
    for _ in range(40):
        manual_gpus.advance(0.01)
        seen.append(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle))
    assert sorted(set(seen)) == [7_000_000 + 30_000 * k for k in range(5)]


def test_instant_power_sees_its_window_and_the_average_a_second(manual_gpus, handle):
    manual_gpus.advance(10)
    manual_gpus.set_demand(260)
    manual_gpus.advance(0.5)
    instant, average = pynvml.nvmlDeviceGetFieldValues(handle, [186, 185])
    assert instant.value.uiVal == 260_000
    assert average.value.uiVal == 160_000


def test_a_counter_that_sums_windows_is_fooled_by_resonance(make_gpus):
    """Iterations of exactly one update period: the window always sees their high part."""
    gpus = make_gpus(manual=True, sums_windows=1)
    pynvml.nvmlInit()
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)
    gpus.advance(0.075)
    gpus.set_demand(200, ripple_w=100, ripple_period_s=0.1, duty=0.25)
    gpus.advance(0.025)
    before = pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    gpus.advance(10)
    assert pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) - before == 3_000_000
    pynvml.nvmlShutdown()


def test_samples_come_20_ms_apart(manual_gpus, handle):
    manual_gpus.advance(10)
    _, samples = pynvml.nvmlDeviceGetSamples(handle, pynvml.NVML_TOTAL_POWER_SAMPLES, 0)
    assert len(samples) == 119
    stamps = [sample.timeStamp for sample in samples]
    assert {b - a for a, b in itertools.pairwise(stamps)} <= {19_999, 20_000, 20_001}


def test_it_warms_up_with_load(manual_gpus):
    cold = manual_gpus.temperature_c()
    manual_gpus.set_demand(350)
    manual_gpus.advance(600)
    assert manual_gpus.temperature_c() == pytest.approx(25 + 0.12 * 350, abs=0.1)
    assert cold == pytest.approx(25 + 0.12 * 60, abs=0.1)


def test_two_processes_see_one_gpu(gpus):
    in_child(gpus, "n.nvmlDeviceSetPowerManagementLimit(h, 222000)")
    assert gpus.limit_w() == 222
    gpus.set_demand(180)
    time.sleep(0.3)
    assert in_child(gpus, "print(n.nvmlDeviceGetFieldValues(h, [186])[0].value.uiVal)") == "180000"


def test_its_clock_is_pythons(gpus):
    before, now, after = time.monotonic_ns(), gpus.now_ns(), time.monotonic_ns()
    assert before <= now <= after


def test_another_process_may_drive_the_load(gpus):
    words = [sys.executable, "-m", "nvml_stub", "demand", "123"]
    path = os.pathsep.join(sys.path)
    subprocess.run(words, env=os.environ | gpus.environment() | {"PYTHONPATH": path}, check=True, timeout=60)
    assert gpus.true_power_w() == 123


def test_a_killed_holder_of_the_lock_hangs_nobody(gpus):
    code = (
        "import sys; from nvml_stub import SimulatedGpus; g = SimulatedGpus.join(); print(1, flush=True); g.hold_lock()"
    )
    env = os.environ | gpus.environment() | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        time.sleep(0.2)  # from the line to the lock
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    assert in_child(gpus, "print(n.nvmlDeviceGetPersistenceMode(h))") == "0"
    gpus.set_demand(100)
    assert gpus.true_power_w() == 100


def test_one_process_may_go_from_one_state_to_another(make_gpus):
    for watts in (100, 200):
        gpus = make_gpus(manual=True, gpus=2)
        pynvml.nvmlInit()
        gpus.set_demand(watts, gpu=1)
        gpus.advance(2)
        assert pynvml.nvmlDeviceGetPowerUsage(pynvml.nvmlDeviceGetHandleByIndex(1)) == watts * 1000
        assert pynvml.nvmlDeviceGetPowerUsage(pynvml.nvmlDeviceGetHandleByIndex(0)) == 60_000
        pynvml.nvmlShutdown()


def test_the_manual_clock_goes_when_it_is_told_to(manual_gpus):
    clock = ManualClock(manual_gpus)
    before, wall = clock.monotonic_ns(), clock.realtime_ns()
    clock.sleep_until(before + 10**9)
    clock.sleep_until(before)
    clock.step(0.5)
    assert clock.monotonic_ns() == before + 10**9
    assert clock.realtime_ns() == wall + 15 * 10**8


def test_the_library_keeps_who_read_what_and_when(manual_gpus):
    """All readings are counted; the moments of the last ones are kept."""
    pynvml.nvmlInit()
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)
    before, _ = manual_gpus.reads()
    start_ns = manual_gpus.now_ns()
    for call in (pynvml.nvmlDeviceGetPowerUsage, pynvml.nvmlDeviceGetTotalEnergyConsumption):
        call(handle)
        manual_gpus.advance(1)
    pynvml.nvmlDeviceGetFieldValues(handle, [186, 83])
    pynvml.nvmlShutdown()
    number, kept = manual_gpus.reads(before)
    assert number == before + 3
    assert kept == [(start_ns, "power_usage"), (start_ns + 10**9, "energy"), (start_ns + 2 * 10**9, 186)]
