"""What must be true before a limit is set, and what is said where it cannot be given back."""

from __future__ import annotations

import json
import resource
import signal

import psutil
import pytest
from controllers import eventually

from simulator.collect.limits import Journal, Original, guarded, restore, stale_journals
from simulator.collect.nvml import find_gpus, nvml
from simulator.errors import CollectError, GpuInUseError


def test_the_journal_is_on_disk_before_the_first_set(gpu, devices, journals):
    """It names the controller, the machine's start and what was found."""
    with guarded(devices):
        (journal,) = journals()
        data = json.loads(journal.read_text())
        assert gpu.calls("set_limit") == 0
    assert data["pid"] == psutil.Process().pid
    assert data["gpus"] == {gpu.uuid(): {"limit_mw": 300_000, "persistence": False, "failure": None}}
    assert journals() == []


def test_a_second_collection_on_a_gpu_is_refused(gpu, start, state_dir):
    """With the process of the first; other GPUs are free."""
    controller = start(gpu).wait_until_set()
    with nvml():
        with pytest.raises(GpuInUseError, match=rf"process {controller.process.pid}, or its guardian"):
            guarded(find_gpus()).__enter__()
        assert gpu.limit_w() == 150
        controller.end()
        with guarded(find_gpus()) as limiter:
            assert limiter.permission()


def test_what_a_killed_collection_left_is_no_earlier_limit(gpu, start, journals):
    """Another one would take it for that, and give it back; so it says what to do."""
    controller = start(gpu).wait_until_set()
    controller.guardian.suspend()
    controller.process.kill()
    controller.guardian.kill()
    assert eventually(stale_journals)
    with nvml():
        with pytest.raises(CollectError, match=r"left GPU-\S+ at its power limit: run `simulator collect restore`"):
            guarded(find_gpus()).__enter__()
        restore()
        with guarded(find_gpus()) as limiter:
            assert limiter.permission()
    assert gpu.limit_w() == 300


def test_a_journal_that_is_about_another_gpu_too_is_kept(make, journals, state_dir):
    """What it says of ours is given back already; of the other one it may be the only note."""
    make(gpus=2)
    with nvml():
        ours, other = find_gpus()
        gpus = {gpu.uuid: Original(gpu.limits().requested_mw, gpu.persistence()) for gpu in (ours, other)}
        (state_dir / "limits").mkdir(parents=True)
        left = Journal.new(state_dir / "limits", gpus)
        left.write()
        with guarded([ours]):
            assert left.path in journals()
        assert journals() == [left.path]
        with guarded([ours, other]):
            assert left.path not in journals()
    assert journals() == []


@pytest.mark.parametrize("bytes_free", [0, 100])
def test_on_a_full_disk_nothing_is_set(gpu, start, journals, bytes_free):
    """The limit on the size of a file stands in for the disk: it is met in the lock, or in the journal."""
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_free, bytes_free))}
    controller = start(gpu, **full)
    code, messages = controller.end()
    assert code == 1
    assert "cannot be kept in" in messages
    assert "so nothing was set: make room there, or name another folder, SIMULATOR_STATE_DIR" in messages
    assert (gpu.calls("set_limit"), gpu.limit_w(), journals()) == (0, 300, [])


def test_without_a_guardian_nothing_is_set(gpu, devices, journals, monkeypatch):
    """Its own words are quoted."""
    monkeypatch.setattr("sys.executable", "/bin/echo")
    with pytest.raises(CollectError, match=r"did not start, so nothing was set; it said: -P -m simulator"):
        guarded(devices).__enter__()
    assert (gpu.calls("set_limit"), journals()) == (0, [])


def test_permission_lost_for_a_while_is_outlasted(gpu, devices, journals):
    """The guardian tries again for seconds."""
    with guarded(devices) as limiter:
        limiter.set(150_000, settle_s=0)
        gpu.fault("no_permission", until_ns=gpu.now_ns() + 300_000_000)
    assert (gpu.limit_w(), gpu.persistence(), journals()) == (300, False, [])


def test_permission_lost_for_good_is_said_and_kept(gpu, devices, journals):
    """The journal says why, and restore does it once permission is back."""
    collection = guarded(devices)
    collection.__enter__().set(150_000, settle_s=0)
    gpu.fault("no_permission")
    with pytest.raises(
        CollectError, match=r"could not be given back: GPU-.*administrator.*`simulator collect restore`"
    ):
        collection.__exit__(None, None, None)
    (journal,) = journals()
    assert "administrator" in json.loads(journal.read_text())["gpus"][gpu.uuid()]["failure"]
    (failed,) = restore()
    assert (failed.outcome, failed.ok) == ("failed", False)
    assert "administrator" in failed.reason
    assert journals() == [journal]
    gpu.heal()
    assert [each.outcome for each in restore()] == ["restored"]
    assert (gpu.limit_w(), gpu.persistence(), journals()) == (300, False, [])


def test_an_error_in_the_block_stays_the_error(gpu, start, journals):
    """What else could not be done is logged beside it."""
    script = """
import sys
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml

with nvml(), guarded(find_gpus()) as limiter:
    limiter.set(150_000, settle_s=0)
    print("set", flush=True)
    sys.stdin.readline()
    raise RuntimeError("as asked for")
"""
    controller = start(gpu, script=script).wait_until_set()
    gpu.fault("no_permission")
    controller.guardian.send_signal(signal.SIGKILL)
    assert eventually(controller.guardian_is_gone)
    code, messages = controller.end()
    assert code == 1
    assert "power limits could not be given back" in messages
    assert messages.rstrip().endswith("RuntimeError: as asked for")
    assert len(journals()) == 1
