"""Where lies what must outlive a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import state_dir


def test_the_folder_is_chosen_by_who_calls_then_by_the_environment_then_by_the_system(monkeypatch, tmp_path):
    """It is absolute, and is not made."""
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "there"))
    monkeypatch.chdir(tmp_path)
    assert state_dir.state_dir("here") == tmp_path / "here"
    assert state_dir.state_dir() == tmp_path / "there"
    monkeypatch.delenv("SIMULATOR_STATE_DIR")
    assert state_dir.state_dir().name == "trace-simulator"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/sys/kernel/random/boot_id").exists(), reason="only Linux names its starts")
def test_a_start_of_the_machine_has_one_name(monkeypatch):
    """The same each time; none where the system gives none."""
    assert state_dir.boot_id() == state_dir.boot_id() != ""
    monkeypatch.setattr(state_dir, "_BOOT_ID", Path("/nothing/here"))
    assert state_dir.boot_id() == ""
