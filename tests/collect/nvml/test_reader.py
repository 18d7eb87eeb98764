"""Power and energy come with one call, each value with its own code, whatever the driver refuses."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from simulator.collect.nvml import FastReading, find_gpus, nvml
from simulator.collect.nvml import reader as reading
from simulator.collect.nvml.codes import NOT_SUPPORTED
from simulator.collect.nvml.library import ask
from simulator.collect.nvml.reader import _decode


@pytest.fixture
def device(manual_gpus):
    """The one GPU after ten seconds at 300 W, while NVML is in use."""
    manual_gpus.set_demand(300)
    manual_gpus.advance(10)
    with nvml():
        yield find_gpus()[0]


def test_one_call_reads_all(manual_gpus, device):
    reader = device.fast_reader()
    calls = manual_gpus.calls("fields")
    reading = reader.read()
    assert manual_gpus.calls("fields") == calls + 1
    stamp_us = (manual_gpus.now_ns() + manual_gpus.realtime_offset_ns()) // 1000
    assert reading == FastReading(stamp_us, 300_000, 0, 300_000, 0, 10_000_000, 0, 0, 0)
    assert reader.instant_source == "instant"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (186, "power_instant_mw", "instant_code"),
        (185, "power_average_mw", "average_code"),
        (83, "energy_mj", "energy_code"),
        (74, "capped_ns", "capped_code"),
    ],
)
def test_an_error_inside_a_fields_struct_empties_that_value_only(manual_gpus, device, field, value, code):
    reader = device.fast_reader()
    good = reader.read()._asdict()
    manual_gpus.fault("field_failing", field=field, code=999)
    bad = reader.read()._asdict()
    changed = {name for name in good if good[name] != bad[name]}
    assert changed == {value, code} | ({"stamp_us"} if field == 83 else set())
    assert bad[value] is None
    assert bad[code] == 999


def test_a_call_that_fails_fills_all_codes_and_raises_nothing(manual_gpus, device):
    reader = device.fast_reader()
    manual_gpus.fault("lost")
    assert reader.read() == FastReading(None, None, 15, None, 15, None, 15, None, 15)


def test_a_stretch_of_failures_ends(manual_gpus, device):
    reader = device.fast_reader()
    now = manual_gpus.now_ns()
    manual_gpus.fault("failing", at_ns=now + 10**9, until_ns=now + 2 * 10**9)
    codes = []
    for _ in range(6):
        codes.append(reader.read().energy_code)
        manual_gpus.advance(0.5)
    assert codes == [0, 0, 999, 999, 0, 0]


def test_zeros_are_kept_as_they_are_read(manual_gpus, device):
    reader = device.fast_reader()
    manual_gpus.set(zero_gap_ms=30)
    manual_gpus.advance(0.1)
    assert reader.read().energy_mj > 0
    manual_gpus.advance(0.01)
    assert reader.read()[1:7] == (0, 0, 0, 0, 0, 0)


def test_without_the_instant_field_power_usage_stands_in(manual_gpus, device):
    manual_gpus.fault("field_failing", field=186)
    manual_gpus.fault("field_failing", field=185)
    reader = device.fast_reader()
    assert reader.instant_source == "power_usage"
    assert reader.read()[1:5] == (300_000, 0, None, NOT_SUPPORTED)


def test_a_driver_without_fields_is_read_by_the_older_functions(manual_gpus, device):
    manual_gpus.fault("no_function", groups="fields")
    reader = device.fast_reader()
    reading = reader.read()
    assert (reading.power_instant_mw, reading.instant_code) == (300_000, 0)
    assert (reading.energy_mj, reading.energy_code) == (10_000_000, 0)
    assert (reading.power_average_mw, reading.average_code, reading.stamp_us) == (None, 13, None)
    manual_gpus.fault("lost")
    assert reader.read()[1:7] == (None, 15, None, 15, None, 15)


def test_a_gpu_without_any_power_sensor_says_not_supported(manual_gpus, device):
    """As on Jetson boards, where NVML starts and refuses every question about power and energy."""
    manual_gpus.fault("not_supported", groups=("fields", "power_usage", "energy"))
    reader = device.fast_reader()
    assert set(reader.read()[2:9:2]) == {NOT_SUPPORTED}
    assert reader.instant_source == "instant"


def test_a_counter_that_is_reset_goes_down(manual_gpus, device):
    reader = device.fast_reader()
    before = reader.read().energy_mj
    manual_gpus.fault("counter_reset")
    manual_gpus.advance(1)
    assert reader.read().energy_mj == 300_000 < before


def test_a_slow_call_takes_its_time(manual_gpus, device):
    reader = device.fast_reader()
    manual_gpus.fault("slow_calls", ms=30)
    before = manual_gpus.now_ns()
    assert reader.read().instant_code == 0
    assert manual_gpus.now_ns() - before == 30_000_000


def test_gains_of_sensors_differ(make_gpus):
    gpus = make_gpus(manual=True, counter_gain=0.95, instant_gain=1.05)
    gpus.set_demand(200)
    gpus.advance(10)
    with nvml():
        reading = find_gpus()[0].fast_reader().read()
    assert (reading.power_instant_mw, reading.power_average_mw) == (210_000, 200_000)
    assert reading.energy_mj == 7_000_000 + 1_900_000


def test_power_of_a_module_is_read_where_only_that_exists(make_gpus):
    gpus = make_gpus(manual=True, module_scope=1)
    gpus.advance(2)
    with nvml():
        (device,) = find_gpus(allow_shared_sensor=True)
        assert device.scope == "module"
        reader = device.fast_reader()
    assert reader.instant_source == "instant"
    with nvml():
        assert reader.read()[1:5] == (60_000, 0, 60_000, 0)


def test_the_stamp_is_the_energys_own(device):
    """Fields are not read at the same moment."""
    reader = device.fast_reader()
    code, raw = reader._read()
    reader._read = lambda: (code, [1000 + place // 7 if place % 7 == 2 else value for place, value in enumerate(raw)])
    assert reader.read().stamp_us == 1002


def test_signed_numbers_are_decoded_as_such():
    assert _decode(4, (-5).to_bytes(8, "little", signed=True)) == -5
    assert _decode(5, (-5).to_bytes(8, "little", signed=True)) == -5
    assert _decode(99, bytes(8)) is None


@pytest.mark.parametrize(
    ("architecture", "device_id", "mean"),
    [(9, 0x2330, True), (8, 0x2684, True), (7, 0x2204, True), (7, 0x20B0, False), (6, 0x1E04, False), (None, 0, False)],
)
def test_power_usage_is_a_mean_from_ampere_on_except_ga100(
    manual_gpus, device, monkeypatch, architecture, device_id, mean
):
    """As nvml.h says; where the chip does not say what it is, nobody knows."""
    told = {
        "nvmlDeviceGetArchitecture": (architecture, 0 if architecture else 3),
        "nvmlDeviceGetPciInfo": (SimpleNamespace(pciDeviceId=device_id << 16 | 0x10DE), 0),
    }
    monkeypatch.setattr(reading, "ask", lambda function, *words: told.get(function) or ask(function, *words))
    assert not device.fast_reader().instant_is_mean
    manual_gpus.fault("field_failing", field=186)
    assert device.fast_reader().instant_is_mean is mean
