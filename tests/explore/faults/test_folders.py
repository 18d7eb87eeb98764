"""Folders in which something is not as it should be: what is wrong is said, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing

import pytest
from grid_program import ended, grid, plan_that, start, table, wait_for

SLOW = plan_that("time.sleep(0.3)")


@pytest.fixture
def where(tmp_path):
    """A folder with a plan."""
    (tmp_path / "plan.py").write_text(plan_that())
    return tmp_path


def shards(where):
    """List the shards of a sweep."""
    return sorted((where / "sweeps/shards").glob("*.parquet"))


def test_two_drivers_on_one_folder(where):
    """The second one is told who the first is, in its words; the first one does not notice."""
    seen = where / "seen"
    (where / "plan.py").write_text(plan_that(f"while self.x and not Path({str(seen)!r}).exists(): time.sleep(0.02)"))
    first = start(where, "run", "plan.py", "--workers", 2)
    wait_for(lambda: shards(where))
    said = grid(where, "run", "plan.py", code=2)
    assert "is in use" in said
    assert f"process {first.pid}" in said
    assert f"as process {first.pid}" in grid(where, "status")
    seen.touch()
    assert "10 done" in ended(first)
    assert "nothing was left" in grid(where, "run", "plan.py")


def test_drivers_that_begin_at_the_same_moment(where):
    """One runs, the others are told; together they run each cell once."""
    (where / "plan.py").write_text(SLOW)
    several = [start(where, "run", "plan.py", "--workers", 2) for _ in range(3)]
    said = [process.communicate(timeout=60) for process in several]
    codes = sorted(process.returncode for process in several)
    assert codes in ([0, 2, 2], [0, 0, 2], [0, 0, 0]), said  # a late one may find all done
    assert "Traceback" not in str(said)
    assert sum(int(text.split(" ran now")[0].split()[-1]) for _, text in said if " ran now" in text) == 10


@pytest.mark.parametrize("words", [("run", "plan.py"), ("status",), ("table",), ("export", "t.csv"), ("explain", "0")])
def test_a_ledger_of_a_newer_version_is_left_alone(where, words):
    """To the byte, whatever is asked for; the message says what to do."""
    grid(where, "run", "plan.py", "--on", "inline")
    file = where / "sweeps/ledger.db"
    with file.open("r+b") as opened:
        opened.seek(60)
        opened.write(struct.pack(">I", 99))
    before = file.read_bytes()
    said = grid(where, *words, code=2)
    assert "newer simulator" in said
    assert "update the simulator, or choose another folder" in said
    assert file.read_bytes() == before
    assert not list((where / "sweeps").glob("ledger.db-*"))


@pytest.mark.parametrize("damage", ["torn", "emptied", "flipped", "deleted"])
def test_a_damaged_shard_costs_its_cells_another_run(where, damage):
    """Readers say it and what to do; the run does it; the table is the same as before."""
    grid(where, "run", "plan.py", "--workers", 2)
    wanted = table(where)
    shard = max(shards(where), key=lambda file: file.stat().st_size)
    data = shard.read_bytes()
    damaged = {"torn": data[: len(data) // 2], "emptied": b"", "flipped": _flipped(data)}
    shard.unlink() if damage == "deleted" else shard.write_bytes(damaged[damage])
    said = grid(where, "table", code=2)
    assert str(shard.name) in said
    assert "run the plan again" in said
    if damage == "flipped":  # it is as long as it was, so that only who reads it sees it
        assert "remove it" in grid(where, "run", "plan.py", code=2)
        shard.unlink()
    said = grid(where, "run", "plan.py")
    assert " ran now" in said
    assert "10 done" in said
    assert table(where) == wanted


def _flipped(data):
    """Turn over one bit among the values."""
    at = 60
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_lost_ledger_is_made_again_from_the_shards(where):
    """As its message says: moved out of the way, the run takes up the results."""
    grid(where, "run", "plan.py", "--workers", 2)
    wanted = table(where)
    ledger = where / "sweeps/ledger.db"
    ledger.write_bytes(ledger.read_bytes()[:5000])
    said = grid(where, "run", "plan.py", code=2)
    assert "is damaged" in said
    assert "a new ledger takes up the results" in said
    ledger.rename(where / "old.db")
    assert "nothing was left" in grid(where, "run", "plan.py")
    assert table(where) == wanted


@pytest.mark.parametrize("what", ["a file", "another database", "other files", "nothing"])
def test_a_folder_that_is_no_sweep(where, what):
    """Readers say so and make nothing; what is not ours is not written."""
    place = where / "place"
    if what == "a file":
        place.write_text("mine")
    elif what == "another database":
        place.mkdir()
        with closing(sqlite3.connect(place / "ledger.db")) as con:
            con.execute("PRAGMA user_version = 7")
            con.execute("CREATE TABLE mine (x)")
            con.commit()
    elif what == "other files":
        place.mkdir()
        (place / "notes.txt").write_text("mine")
    before = _digest(place)
    for words in (("status",), ("table",), ("explain", "0"), ("retry",), ("clear", "--yes"), ("audit",)):
        said = grid(where, *words, "--folder", "place", code=2)
        assert "place" in said
    if what in ("a file", "another database"):
        assert "choose another folder" in grid(where, "run", "plan.py", "--folder", "place", code=2)
    assert _digest(place) == before


def _digest(place):
    files = [place] if place.is_file() else sorted(place.rglob("*"))
    known = {"ledger.db", "notes.txt", "place"}
    return [(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files if file.name in known]


def test_a_folder_that_is_deleted_while_it_runs(where):
    """The run ends with a message, as soon as something is to be written; another one begins from nothing."""
    (where / "plan.py").write_text(SLOW)
    process = start(where, "run", "plan.py", "--workers", 2)
    wait_for(lambda: shards(where))
    shutil.rmtree(where / "sweeps", ignore_errors=True)
    shutil.rmtree(where / "sweeps", ignore_errors=True)
    said = ended(process, 2)
    assert "sweeps" in said
    assert "10 done" in grid(where, "run", "plan.py")


def test_a_lock_of_a_dead_driver_whose_number_another_process_has(where):
    """What the file says is for people; only the kernel's lock counts."""
    grid(where, "run", "plan.py", "3:5", "--on", "inline")
    said = {"pid": os.getpid(), "started": "2020-01-01 00:00:00", "command": "simulator grid run"}
    (where / "sweeps/driver.lock").write_text(json.dumps(said))
    assert "as process" not in grid(where, "status")
    assert "10 done" in grid(where, "run", "plan.py", "--on", "inline")
    (where / "sweeps/driver.lock").write_text("no JSON at all")
    assert "nothing was left" in grid(where, "run", "plan.py")


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_order(where, number, code, stopped):
    """With its exit code and no traceback; what is done stays, nobody is left, and the same command goes on."""
    (where / "plan.py").write_text(plan_that("time.sleep(0.1)"))
    process = start(where, "run", "plan.py", "--workers", 1, start_new_session=True)
    wait_for(lambda: shards(where))
    if stopped:
        os.kill(process.pid, signal.SIGSTOP)
    os.killpg(process.pid, number)
    os.killpg(process.pid, signal.SIGCONT)
    said = ended(process, code)
    assert "run the same again to go on" in said
    assert f"{json.loads(grid(where, 'status', '--json'))['done']} done" in said
    left = 10 - int(json.loads(grid(where, "status", "--json"))["done"])
    assert 0 < left < 10
    assert f"{left} ran now" in grid(where, "run", "plan.py")


def test_a_stopped_driver_that_is_killed_is_in_nobodys_way(where):
    """A process that is stopped cannot let go of anything by itself."""
    (where / "plan.py").write_text(SLOW)
    process = start(where, "run", "plan.py", "--workers", 2)
    wait_for(lambda: shards(where))
    process.send_signal(signal.SIGSTOP)
    assert f"process {process.pid}" in grid(where, "run", "plan.py", code=2)
    process.kill()
    process.communicate()
    assert "10 done" in grid(where, "run", "plan.py")


#: Runs the program with a clock that somebody set, once it has run for a moment.
JUMPS = """
import sys, time
real, began = time.time, time.monotonic()
by_s = float(sys.argv.pop(1))
time.time = lambda: real() + (by_s if time.monotonic() - began > 0.5 else 0.0)
time.time_ns = lambda: int(time.time() * 1e9)
from simulator.cli import main
main()
"""


@pytest.mark.parametrize("by_s", [-400 * 86400.0, 86400.0])
def test_a_clock_that_is_set_while_a_sweep_runs(where, by_s):
    """A year back or a day ahead: nothing hangs, nothing runs twice, the table is the same."""
    (where / "plan.py").write_text(plan_that("time.sleep(0.1)"))
    program = [sys.executable, "-c", JUMPS, str(by_s), "grid"]
    assert "10 ran now" in grid(where, "run", "plan.py", "--on", "inline", program=program)
    assert "nothing was left" in grid(where, "run", "plan.py")
    jumped = table(where)
    grid(where, "run", "plan.py", "--folder", "other", "--workers", 2)
    assert jumped == table(where, "other")


@pytest.mark.parametrize("mtime_s", [0.0, 4e9])
def test_times_of_files_mean_nothing(where, mtime_s):
    """As after a copy, or under a clock that was wrong: nothing runs again, nothing is lost."""
    grid(where, "run", "plan.py", "--on", "inline", "1:3")
    wanted = table(where)
    for file in (where / "sweeps").rglob("*"):
        os.utime(file, (mtime_s, mtime_s))
    os.utime(where / "plan.py", (mtime_s, mtime_s))
    assert table(where) == wanted
    assert "6 ran now" in grid(where, "run", "plan.py", "--on", "inline")


def test_a_folder_that_was_moved_goes_on(where):
    """Nothing in it says where it lies."""
    grid(where, "run", "plan.py", "1:3", "--on", "inline")
    subprocess.run(["mv", where / "sweeps", where / "moved"], check=True)
    assert "6 ran now" in grid(where, "run", "plan.py", "--folder", "moved", "--on", "inline")
