"""Giving back what nobody is left to give back."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import pytest

from simulator.collect.limits import Journal, Original, guarded, restore, stale_journals
from simulator.errors import CollectError


@pytest.fixture
def leave(gpu, devices, state_dir):
    """Leave a journal behind, as a collection would that was killed with its guardian."""

    def left(limit_mw=250_000, *, uuid=None, command=None, **changes):
        folder = state_dir / "limits"
        folder.mkdir(parents=True, exist_ok=True)
        journal = Journal.new(folder, {uuid or gpu.uuid(): Original(limit_mw, persistence=False)}, command)
        journal = replace(journal, **changes)
        journal.write()
        return journal.path

    return left


def test_nothing_left_is_nothing_to_do(state_dir):
    """Not even NVML is needed, nor a folder made."""
    assert restore() == stale_journals() == []
    assert not state_dir.exists()


def test_a_gpu_that_has_its_limit_is_left_alone(gpu, leave, journals):
    """Somebody was quicker."""
    leave(300_000)
    assert [each.outcome for each in restore()] == ["unchanged"]
    assert (gpu.calls("set_limit"), journals()) == (0, [])


def test_a_gpu_that_is_gone_keeps_its_journal(leave, journals):
    """It may come back; another GPU gets its limit all the same."""
    path = leave(uuid="GPU-ffffffff")
    leave()
    gone, here = restore()
    assert (gone.outcome, here.outcome) == ("failed", "restored")
    assert "there is no GPU GPU-ffffffff; there are: 0: NVIDIA" in gone.reason
    assert journals() == [path]


def test_without_nvml_the_journal_stays(gpu, leave, journals):
    """The driver may be loaded later."""
    leave()
    gpu.fault("driver_not_loaded")
    (failed,) = restore()
    assert failed.outcome == "failed"
    assert "no NVIDIA driver is loaded" in failed.reason
    assert len(journals()) == 1


def test_no_limit_outlives_a_start_of_the_machine(gpu, leave, journals):
    """So there is nothing to give back, and what is set since stays."""
    leave(boot_id="before")
    leave(boot_id="before", host="another-name-of-this-container")
    assert stale_journals() == []
    assert [each.outcome for each in restore()] == ["rebooted", "rebooted"]
    assert (gpu.limit_w(), gpu.calls("set_limit"), journals()) == (300, 0, [])


def test_journals_of_other_machines_are_left_to_them(leave, journals):
    """Homes are shared between machines."""
    path = leave(uuid="GPU-ffffffff", boot_id="another", host="elsewhere")
    (other,) = restore()
    assert (other.outcome, other.ok) == ("elsewhere", True)
    assert "run this there" in other.reason
    assert journals() == [path]


@pytest.mark.parametrize("content", [b"", b'{"version": 1', b"null", b"\xff\xfe", b'{"version": 99}'])
def test_what_cannot_be_read_is_said_and_kept(gpu, devices, leave, journals, content, caplog):
    """No collection starts beside it: it may speak of this very GPU."""
    path = leave()
    path.write_bytes(content)
    assert stale_journals() == []
    assert str(path) in caplog.text
    (unreadable,) = restore()
    assert (unreadable.outcome, unreadable.ok, unreadable.uuid) == ("unreadable", False, None)
    with pytest.raises(CollectError, match="the journal of power limits"):
        guarded(devices).__enter__()
    assert path.read_bytes() == content
    assert (gpu.limit_w(), gpu.calls("set_limit")) == (300, 0)


def test_a_command_gives_back_too(gpu, leave, tmp_path):
    """The journal says which; it is used where this user wrote it."""
    log = tmp_path / "log"
    words = (sys.executable, "-c", f"open({str(log)!r}, 'w').write('called')", "{uuid}", "{watts}")
    leave(command=words)
    (failed,) = restore()
    assert log.read_text() == "called"
    assert "was to be 250 W and is 300 W" in failed.reason


def test_commands_of_other_users_do_not_run(gpu, leave, tmp_path, monkeypatch):
    """An administrator who gives back for somebody runs none of his programs."""
    log = tmp_path / "log"
    leave(command=(sys.executable, "-c", f"open({str(log)!r}, 'w')", "{uuid}", "{watts}"))
    monkeypatch.setattr(os, "geteuid", lambda: -1)
    assert [each.outcome for each in restore()] == ["restored"]
    assert gpu.limit_w() == 250
    assert not log.exists()


def test_another_failure_leaves_the_first_reason_out_of_the_way(gpu, leave, journals):
    """The newest reason is the one to read."""
    path = leave()
    gpu.fault("no_permission")
    restore()
    gpu.heal()
    gpu.fault("lost", until_ns=gpu.now_ns() + 10**10)
    (failed,) = restore()
    assert failed.reason == json.loads(path.read_text())["gpus"][gpu.uuid()]["failure"]
    assert "administrator" not in failed.reason
