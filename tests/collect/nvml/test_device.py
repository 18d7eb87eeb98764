"""A GPU's limits and settings: as NVML has them, and refused with a reason."""

from __future__ import annotations

import json

import pytest

from simulator.collect.nvml import Device, Limits, facts, find_gpus, nvml
from simulator.collect.nvml import device as device_module
from simulator.collect.nvml.codes import NOT_SUPPORTED
from simulator.errors import GpuError, GpuLostError, GpuNotSupportedError, GpuPermissionError


@pytest.fixture
def device(manual_gpus):
    """The one GPU, while NVML is in use."""
    with nvml():
        yield find_gpus()[0]


def test_limits_are_read_and_set(manual_gpus, device):
    assert device.limits() == Limits(100_000, 400_000, 400_000, 400_000, 400_000)
    device.set_limit(250_000)
    assert device.limits() == Limits(100_000, 400_000, 400_000, 250_000, 250_000)
    assert manual_gpus.limit_w() == 250


def test_the_enforced_limit_may_be_lower_than_asked(manual_gpus, device):
    manual_gpus.set(ceiling_w=220)
    device.set_limit(300_000)
    assert device.limits()[3:] == (300_000, 220_000)


@pytest.mark.parametrize("limit_mw", [99_999, 400_001])
def test_a_limit_out_of_range_is_refused_with_the_range(device, limit_mw):
    with pytest.raises(GpuError, match="it takes 100 W to 400 W"):
        device.set_limit(limit_mw)


def test_who_may_not_set_limits_is_told_even_for_the_present_one(manual_gpus, device):
    manual_gpus.fault("no_permission")
    with pytest.raises(GpuPermissionError, match="only an administrator"):
        device.set_limit(400_000)
    with pytest.raises(GpuPermissionError, match="persistence mode"):
        device.set_persistence(True)


def test_a_laptop_without_limits_still_tells_the_enforced_one(manual_gpus, device):
    manual_gpus.fault("not_supported", groups=("limits", "set_limit"))
    assert device.limits() == Limits(None, None, None, None, 400_000)
    with pytest.raises(GpuNotSupportedError, match="does not support it"):
        device.set_limit(300_000)


def test_a_lost_gpu_says_so_when_it_is_set(manual_gpus, device):
    manual_gpus.fault("lost", at_ns=manual_gpus.now_ns() + 10**9)
    device.set_limit(300_000)
    manual_gpus.advance(1)
    with pytest.raises(GpuLostError, match="fell off the bus"):
        device.set_limit(200_000)


def test_persistence_mode_is_switched_and_may_be_unknown(manual_gpus, device):
    assert device.persistence() is False
    device.set_persistence(True)
    assert device.persistence() is True
    assert manual_gpus.persistence()
    manual_gpus.fault("not_supported", groups="persistence")
    assert device.persistence() is None


def test_the_limit_another_one_set_is_seen(manual_gpus, device):
    manual_gpus.fault("limit_changed", watts=170)
    assert device.limits().requested_mw == 170_000


def test_processes_are_listed_once_and_in_order(manual_gpus, device):
    assert device.compute_pids() == []
    manual_gpus.set_pids([300, 20])
    manual_gpus.fault("foreign_pids", pids=[7], at_ns=manual_gpus.now_ns() + 10**9)
    assert device.compute_pids() == [20, 300]
    manual_gpus.advance(1)
    assert device.compute_pids() == [7, 20, 300]


def test_facts_are_json_and_complete(device):
    facts = device.facts()
    assert json.loads(json.dumps(facts)) == facts
    assert [name for name, value in facts.items() if value is None] == ["shared"]
    assert facts["limits"]["default_mw"] == 400_000
    assert facts["architecture"] == "Hopper"
    assert facts["compute_capability"] == "9.0"
    assert facts["cuda"] == "13.0"


def test_a_gpu_that_tells_nothing_still_has_facts(manual_gpus, device):
    manual_gpus.fault("not_supported", groups="all")
    facts = device.facts()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["uuid"] == device.uuid
    assert facts["vbios"] is facts["ecc"] is facts["temperature_c"] is None


@pytest.mark.parametrize(("number", "version"), [(12080, "12.8"), (13000, "13.0"), (11040, "11.4")])
def test_the_version_of_cuda_is_written_as_its_makers_do(manual_gpus, monkeypatch, number, version):
    told = {"nvmlSystemGetCudaDriverVersion_v2": number}
    monkeypatch.setattr(facts, "first_answer", lambda *questions: told[questions[0][0]])
    assert facts.library_facts()["cuda"] == version


@pytest.mark.parametrize(
    ("answers", "scope"),
    [
        ((1, 1, 1, 1), "gpu"),
        ((1, 0, 1, 0), "gpu"),
        ((0, 0, 1, 1), "module"),
        ((0, 0, 0, 1), "module"),
        ((0,) * 4, "gpu"),
    ],
)
def test_power_of_the_gpu_itself_goes_before_that_of_its_module(device, monkeypatch, answers, scope):
    """Where both are told, the module's would count the processor, too."""

    class Answers:
        def __init__(self, _handle, fields):
            assert [of for _, of in fields] == [0, 0, 1, 1]

        def values(self):
            return [(1, 0 if told else NOT_SUPPORTED, False) for told in answers]

    monkeypatch.setattr(device_module, "FieldReader", Answers)
    assert Device(device.index).scope == scope
