"""Setting limits: who may, which, and when they hold."""

from __future__ import annotations

import os
import sys
import time

import pytest

from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml
from simulator.errors import GpuLostError, GpuPermissionError, PlanError

#: Sets limits as nvidia-smi would, and writes down what it was told.
HELPER = (
    "import pathlib, pynvml, sys; "
    "print(*sys.argv[1:3], file=pathlib.Path(sys.argv[3]).open('a')); "
    "pynvml.nvmlInit(); gpu = pynvml.nvmlDeviceGetHandleByUUID(sys.argv[1]); "
    "pynvml.nvmlDeviceSetPowerManagementLimit(gpu, round(float(sys.argv[2]) * 1000))"
)


def test_permission_is_found_out_by_setting_the_current_limit_again(gpu, devices):
    """Nothing else says it."""
    with guarded(devices) as limiter:
        assert limiter.permission()
        assert limiter.refusal is None
        assert (gpu.calls("set_limit"), gpu.limit_w()) == (1, 300)
    assert gpu.calls("set_limit") == 1


@pytest.mark.parametrize("fault", ["no_permission", "not_supported"])
def test_where_it_is_refused_nothing_is_set(gpu, devices, journals, fault):
    """Only what is set already passes."""
    gpu.fault(fault)
    with guarded(devices) as limiter:
        assert not limiter.permission()
        assert not limiter.permission()
        assert "setting the power limit of GPU 0" in limiter.refusal
        calls = gpu.calls("set_limit")
        with pytest.raises(GpuPermissionError, match=r"no power limit is set here .*, not 200 W"):
            limiter.set(200_000)
        (same,) = limiter.set(300_000, settle_s=0)
        assert (same.requested_mw, same.enforced_mw) == (300_000, 300_000)
    assert gpu.calls("set_limit") == calls == 1
    assert gpu.calls("set_persistence") == 0
    assert journals() == []


def test_an_observer_sets_writes_and_starts_nothing(gpu, devices, state_dir):
    """Also where it might."""
    with guarded(devices, observe=True) as limiter:
        assert not limiter.permission()
        assert limiter.refusal == "observing only"
        with pytest.raises(GpuPermissionError, match="observing only"):
            limiter.set(200_000)
    assert gpu.calls("set_limit") == 0
    assert not state_dir.exists()


def test_a_gpu_without_a_limit_to_read_is_observed(gpu, devices, state_dir):
    """As laptops are."""
    gpu.fault("not_supported", groups=("limits", "set_limit"))
    with guarded(devices) as limiter:
        assert not limiter.permission()
        assert "has no power limit that can be read" in limiter.refusal
    assert not state_dir.exists()


def test_a_lost_gpu_is_no_question_of_permission(gpu, devices):
    """Its collection must end."""
    with guarded(devices) as limiter:
        gpu.fault("lost")
        with pytest.raises(GpuLostError):
            limiter.set(200_000)
        with pytest.raises(GpuLostError):
            limiter.permission()


def test_a_limit_out_of_range_is_refused_before_any_gpu_is_touched(gpu, devices):
    """The message says what the GPU takes; clipped if told so."""
    with guarded(devices) as limiter:
        with pytest.raises(PlanError, match=r"of 50 W is out of range: GPU-.* takes 100 to 400 W; choose"):
            limiter.set(50_000)
        assert gpu.calls("set_limit") == 0
        (low,) = limiter.set(50_000, clip=True, settle_s=0)
        (high,) = limiter.set(999_000, clip=True, settle_s=0)
    assert (low.asked_mw, low.requested_mw) == (50_000, 100_000)
    assert (high.asked_mw, high.requested_mw) == (999_000, 400_000)


def test_a_lower_enforced_limit_is_reported(make, caplog):
    """Something out of band keeps the board lower than it was told."""
    make(ceiling_w=250)
    with nvml(), guarded(find_gpus()) as limiter:
        (done,) = limiter.set(350_000, settle_s=1)
    assert (done.requested_mw, done.enforced_mw, done.settled) == (350_000, 250_000, True)
    assert "asked for 350 W, requested 350 W, enforced 250 W" in caplog.text


def test_it_waits_until_power_is_within_the_limit(make):
    """A driver takes its time, and so do sensors."""
    gpu = make(limit_delay_ms=400)
    gpu.set_demand(350)
    time.sleep(0.3)  # until sensors show it
    with nvml(), guarded(find_gpus()) as limiter:
        start_ns = gpu.now_ns()
        (done,) = limiter.set(200_000, settle_s=20)
        assert done.settled
        assert gpu.now_ns() - start_ns >= 400_000_000
        (done,) = limiter.set(100_000, settle_s=0.1)
        assert not done.settled


def test_all_gpus_are_set_or_none(make, journals):
    """A refusal by the second gives the first its previous limit."""
    gpus = make(gpus=2)
    with nvml(), guarded(find_gpus()) as limiter:
        assert [each.requested_mw for each in limiter.set(300_000, settle_s=0)] == [300_000, 300_000]
        gpus.fault("no_permission", gpu=1)
        with pytest.raises(GpuPermissionError):
            limiter.set(200_000)
        assert [gpus.limit_w(0), gpus.limit_w(1)] == [300, 300]
        gpus.heal()
    assert [gpus.limit_w(0), gpus.limit_w(1)] == [400, 400]
    assert journals() == []


def test_a_gpu_whose_limit_was_set_before_the_refusal_is_set_back_too(make):
    """The second one's command sets it and then ends as if it had not."""
    gpus = make(gpus=2)
    fails = f"{HELPER}; sys.exit('not sure' if sys.argv[1:3] == [{gpus.uuid(1)!r}, '200'] else 0)"
    words = [sys.executable, "-c", fails, "{uuid}", "{watts}", os.devnull]
    with nvml(), guarded(find_gpus(), command=words) as limiter:
        with pytest.raises(GpuPermissionError, match="not sure"):
            limiter.set(200_000)
        assert [gpus.limit_w(0), gpus.limit_w(1)] == [400, 400]


def test_limits_can_be_given_back_before_the_end(gpu, devices, journals):
    """And set again after that."""
    with guarded(devices) as limiter:
        limiter.set(200_000, settle_s=0)
        limiter.restore()
        assert (gpu.limit_w(), gpu.persistence(), len(journals())) == (300, False, 1)
        limiter.restore()
        limiter.set(150_000, settle_s=0)
    assert (gpu.limit_w(), journals()) == (300, [])


def test_where_persistence_is_refused_limits_are_set_all_the_same(gpu, devices):
    """The sampler keeps the driver loaded as well."""
    gpu.fault("no_permission", groups="set_persistence")
    with guarded(devices) as limiter:
        limiter.set(200_000, settle_s=0)
        assert (gpu.limit_w(), gpu.persistence()) == (200, False)
    assert gpu.limit_w() == 300


def test_persistence_that_was_on_stays_on(gpu, devices):
    """What was found is given back, not switched off."""
    gpu.set(persistence=1)
    with guarded(devices) as limiter:
        limiter.set(200_000, settle_s=0)
    assert (gpu.limit_w(), gpu.persistence(), gpu.calls("set_persistence")) == (300, True, 0)


def test_a_command_sets_limits_and_gives_them_back(gpu, devices, tmp_path):
    """It gets UUID and watts as arguments, whatever characters they are."""
    log = tmp_path / "a log; with $(words)"
    gpu.fault("limit_changed", watts=312.5)
    with guarded(devices, command=[sys.executable, "-c", HELPER, "{uuid}", "{watts}", str(log)]) as limiter:
        assert limiter.permission()
        limiter.set(200_000, settle_s=0)
        assert gpu.limit_w() == 200
    assert gpu.limit_w() == 312.5
    assert log.read_text().splitlines() == [f"{gpu.uuid()} {watts}" for watts in ("312.5", "200", "312.5")]


def test_a_command_that_fails_is_quoted(gpu, devices):
    """Its own words say best what is in the way."""
    words = [sys.executable, "-c", "import sys; sys.exit('a password is required')", "{uuid}", "{watts}"]
    with guarded(devices, command=words) as limiter:
        assert not limiter.permission()
    assert limiter.refusal.endswith("to 300 W; it ended with 1 and said: a password is required")


def test_a_command_that_does_nothing_is_found_out(gpu, devices):
    """Its exit code alone proves nothing."""
    with guarded(devices, command=["true", "{uuid}", "{watts}"]) as limiter:
        assert limiter.permission()
        with pytest.raises(OSError, match=r"was to be 200 W and is 300 W, although .*true ended well"):
            limiter.set(200_000)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["true", "{uuid}"], r"lacks \{watts\}; an example is sudo"),
        ([], r"lacks \{uuid\} and \{watts\}"),
        (["no-such-program", "{uuid}", "{watts}"], "there is no program no-such-program"),
    ],
)
def test_a_command_that_cannot_work_is_refused_at_once(devices, state_dir, command, message):
    """Before anything depends on it."""
    with pytest.raises(PlanError, match=message), guarded(devices, command=command):
        pass
    assert not state_dir.exists()
