"""One driver at a time, and a dead one is none."""

import os
import signal
import subprocess
import sys
import time

import pytest

from simulator.errors import FolderInUseError
from simulator.explore.ledger import FolderLock, Ledger, holder

#: Holds a folder until it is killed; its child holds nothing.
HOLDS = """
import os, sys, time
from simulator.explore.ledger import Ledger
ledger = Ledger.open(sys.argv[1])
if not os.fork():
    time.sleep(60)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def driver(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HOLDS, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_second_driver_is_told_who_the_first_is(tmp_path, driver):
    """Process, start and command; readers are not in the way."""
    with pytest.raises(FolderInUseError, match=rf"is in use: process {driver.pid} \(-c .*\) runs its sweep since 20"):
        Ledger.open(tmp_path)
    held = holder(tmp_path)
    assert held.pid == driver.pid
    assert str(tmp_path) in held.command
    with Ledger.open(tmp_path, write=False) as ledger:
        assert ledger.grids() == []


def test_a_dead_driver_holds_nothing_even_if_its_child_lives(tmp_path, driver):
    """The next one begins at once."""
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    began = time.monotonic()
    with Ledger.open(tmp_path) as ledger:
        assert ledger.lock is not None
        assert holder(tmp_path).pid == os.getpid()
    assert time.monotonic() - began < 30
    assert holder(tmp_path) is None


def test_two_drivers_in_one_process_are_two_drivers(tmp_path):
    """And letting go twice does no harm."""
    first = FolderLock(tmp_path)
    with pytest.raises(FolderInUseError, match=f"process {os.getpid()}"):
        FolderLock(tmp_path)
    first.release()
    first.release()
    FolderLock(tmp_path).release()


def test_nobody_holds_what_nobody_opened(tmp_path):
    """A folder without a lock, and one whose lock says nothing yet."""
    assert holder(tmp_path) is None
    lock = FolderLock(tmp_path)
    (tmp_path / "driver.lock").write_text("{")
    assert holder(tmp_path).pid == 0
    lock.release()


def test_a_failed_opening_lets_go(tmp_path):
    """A damaged ledger does not lock the folder."""
    from simulator.errors import LedgerError

    (tmp_path / "ledger.db").write_bytes(b"x" * 5000)
    with pytest.raises(LedgerError, match="damaged"):
        Ledger.open(tmp_path)
    assert holder(tmp_path) is None
