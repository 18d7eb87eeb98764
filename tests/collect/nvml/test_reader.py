"""Power and energy come with one call, each value with its own code, whatever the driver refuses."""

from __future__ import annotations

import pytest

from simulator.collect.nvml import FastReading, find_gpus, nvml
from simulator.collect.nvml.codes import NOT_SUPPORTED


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
