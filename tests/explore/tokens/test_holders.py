"""Holders that die, whose number is used again, or who are elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from simulator.explore.tokens import Holder, Leases, Token, holder
from simulator.explore.tokens.holder import is_alive, machine, place

GPU = Token("gpu", 1)
ELSEWHERE = Holder("other machine", "other start", 1, 1.0, "process 1 on other")


def test_the_dead_hold_nothing(leases, hold):
    """Right after SIGKILL the next one gets the token, without any waiting."""
    process = hold("gpu", 1, 1)
    assert leases.acquire([GPU.dependency()]) is None
    process.kill()
    process.wait()
    assert leases.acquire([GPU.dependency()]) is not None


def test_a_zombie_holds_nothing(leases, hold):
    """A process that has ended but whose parent has not asked for its exit status is dead."""
    process = hold("gpu", 1, 1)
    process.kill()
    deadline = time.monotonic() + 10
    while leases.acquire([GPU.dependency()]) is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert process.returncode is None  # nobody waited for it


def test_a_lease_lives_while_any_of_its_holders_does(leases, hold):
    """A worker that outlives its driver keeps the token; so does a driver that outlives its worker."""
    driver, worker = hold("driver", 1, 1), hold("worker", 1, 1)
    lease = leases.acquire([GPU.dependency()], [Holder.process(driver.pid)])
    assert leases.join(lease, Holder.process(worker.pid))
    driver.kill()
    driver.wait()
    assert [each.uses[0].token.name for each in leases.find("test")] == ["worker"]
    assert leases.acquire([GPU.dependency()]) is None
    worker.kill()
    worker.wait()
    assert leases.acquire([GPU.dependency()]) is not None


def test_a_number_that_is_used_again_is_another_process(leases):
    """The same process id with another time of starting is not who took the lease."""
    mine = Holder.process()
    assert is_alive(mine)
    leases.acquire([GPU.dependency()], [mine._replace(started=mine.started - 1)])
    assert leases.acquire([GPU.dependency()]) is not None


def test_a_machine_that_was_started_again_has_no_old_holders(leases):
    """Holders of an earlier start of this machine are dead, whatever runs under their numbers now."""
    leases.acquire([GPU.dependency()], [Holder.process()._replace(place="earlier pid:[1]")])
    assert leases.acquire([GPU.dependency()]) is not None


def test_numbers_of_another_container_are_not_looked_up(tmp_path):
    """A process number of another namespace says nothing here: such a lease lives by its heartbeat."""
    there = Holder(machine(), place() + "1", os.getpid(), 0.0, "contained")
    leases = Leases(tmp_path, fresh_s=0.2)
    lease = leases.acquire([GPU.dependency()], [there])
    assert is_alive(there) is None
    assert leases.acquire([GPU.dependency()]) is None
    time.sleep(0.25)
    leases.beat([lease])
    assert leases.find() == [lease]
    time.sleep(0.25)
    assert leases.acquire([GPU.dependency()]) is not None


@pytest.mark.parametrize("who", [Holder.remote("slurm job 12"), ELSEWHERE])
def test_who_is_elsewhere_lives_by_a_heartbeat(leases, tmp_path, who):
    """It holds until it is released, or has been silent for too long."""
    lease = leases.acquire([GPU.dependency()], [who])
    assert leases.acquire([GPU.dependency()]) is None
    time.sleep(0.02)
    assert Leases(tmp_path, fresh_s=0.01).acquire([GPU.dependency()]) is not None
    assert not leases.join(lease, Holder.process())  # whoever comes back is told that it is gone


@pytest.mark.parametrize("jump_s", [-86400.0, 86400.0])
def test_a_clock_that_is_set_changes_nothing(leases, monkeypatch, jump_s):
    """Neither holders here nor heartbeats of the same start of the machine go by the time of day."""
    leases.acquire([GPU.dependency()])
    remote = leases.acquire([Token("remote", 1).dependency()], [Holder.remote("slurm job 12")])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + jump_s)
    assert len(leases.find()) == 2
    assert leases.acquire([GPU.dependency()]) is None
    leases.beat([remote])
    assert len(leases.find()) == 2


def test_a_heartbeat_from_the_future_does_not_last_for_ever(tmp_path, monkeypatch):
    """Of another start of the machine only the time of day is known: if that lies ahead, it counts from now."""
    leases = Leases(tmp_path, fresh_s=10)
    now = time.time()
    monkeypatch.setattr("simulator.explore.tokens.leases.boot_id", lambda: "another start")
    monkeypatch.setattr(time, "time", lambda: now + 86400)
    leases.acquire([GPU.dependency()], [Holder.remote("slurm job 12")])
    monkeypatch.setattr("simulator.explore.tokens.leases.boot_id", lambda: "this start")
    monkeypatch.setattr(time, "time", lambda: now)
    assert leases.acquire([GPU.dependency()]) is None
    monkeypatch.setattr(time, "time", lambda: now + 11)
    assert leases.acquire([GPU.dependency()]) is not None


def test_a_name_with_brackets_and_blanks_is_read_right(tmp_path):
    """What a process calls itself cannot be mistaken for its state or its start."""
    code = "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'a) Z (b 1 2'); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        before = Holder.process(process.pid)
        process.stdout.readline()
        assert Holder.process(process.pid).started == before.started
        assert is_alive(before)


def test_a_system_without_proc_is_asked_another_way(monkeypatch):
    """There the library asks the system."""
    monkeypatch.setattr(holder, "_started", holder._started_elsewhere)
    mine = Holder.process()
    assert is_alive(mine)
    assert is_alive(mine._replace(started=mine.started - 5)) is False
    with pytest.raises(ProcessLookupError, match="no process 4194305"):
        Holder.process(4194305)  # above the highest number that Linux gives
