"""The state of a GPU once a second: what it does not tell is empty, and nothing raises."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from simulator.collect.nvml import SlowReading, find_gpus, nvml, slow
from simulator.collect.nvml.codes import FUNCTION_NOT_FOUND, NOT_SUPPORTED, reason_names
from simulator.collect.nvml.library import ask


@pytest.fixture
def device(manual_gpus):
    """The one GPU, while NVML is in use."""
    with nvml():
        yield find_gpus()[0]


def test_a_capped_gpu_shows_why(manual_gpus, device):
    manual_gpus.set_demand(350)
    device.set_limit(200_000)
    manual_gpus.set_pids([11])
    manual_gpus.advance(600)
    reading = device.read_slow()
    assert reason_names(reading.event_reasons) == ("power_cap",)
    assert reading.temperature_c == pytest.approx(25 + 0.12 * 200, abs=1)
    assert reading.sm_clock_mhz < 1980
    assert (reading.requested_limit_mw, reading.enforced_limit_mw) == (200_000, 200_000)
    assert (reading.pstate, reading.utilization_pct, reading.pids) == (0, 97, [11])


@pytest.mark.parametrize("first", [269, 251])
def test_thermal_counters_are_found_under_either_numbering(manual_gpus, device, first):
    manual_gpus.set(thermal_fields=first, sw_thermal_ns=1, hw_thermal_ns=2, power_brake_ns=3)
    reading = device.read_slow()
    assert (reading.sw_thermal_ns, reading.hw_thermal_ns, reading.power_brake_ns) == (1, 2, 3)


def test_drivers_before_the_thermal_counters_have_none(manual_gpus, device):
    manual_gpus.set(thermal_fields=0)
    assert device.read_slow()[4:7] == (None, None, None)


def test_what_a_driver_is_too_old_for_is_empty(manual_gpus, device):
    manual_gpus.fault("no_function", groups=("reasons", "temperature", "pids"))
    reading = device.read_slow()
    assert reading.event_reasons is reading.temperature_c is reading.pids is None
    assert reading.sm_clock_mhz is not None


def test_a_lost_gpu_tells_nothing_and_raises_nothing(manual_gpus, device):
    manual_gpus.fault("lost")
    assert device.read_slow() == SlowReading(*[None] * len(SlowReading._fields))


def test_reasons_without_a_name_stay_numbers():
    assert reason_names(0x4001) == ("idle", "0x4000")


def answering(monkeypatch, **told):
    """Let NVML answer some questions so, as (value, code)."""
    monkeypatch.setattr(slow, "ask", lambda function, *words: told.get(function) or ask(function, *words))


def test_an_unknown_p_state_is_none(device, monkeypatch):
    answering(monkeypatch, nvmlDeviceGetPerformanceState=(32, 0))
    assert device.read_slow().pstate is None
    answering(monkeypatch, nvmlDeviceGetPerformanceState=(15, 0))
    assert device.read_slow().pstate == 15


def test_a_driver_older_than_the_bindings_is_asked_in_the_older_way_for_processes(device, monkeypatch):
    older = ([SimpleNamespace(pid=7), SimpleNamespace(pid=5)], 0)
    words = {"nvmlDeviceGetComputeRunningProcesses_v2": older}
    answering(monkeypatch, nvmlDeviceGetComputeRunningProcesses=(None, FUNCTION_NOT_FOUND), **words)
    assert device.read_slow().pids == [5, 7]
    answering(monkeypatch, nvmlDeviceGetComputeRunningProcesses=(None, NOT_SUPPORTED), **words)
    assert device.read_slow().pids is None
