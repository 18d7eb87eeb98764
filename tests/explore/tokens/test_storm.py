"""Many processes that want the same few tokens, and die at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

CAPACITY = 3
#: Notes of who holds what when, by whole lines appended to a file, on the clock that all processes share.
PROGRAM = """
import os, random, sys, time
from simulator.explore.tokens import Leases, Token
folder, times, capacity, seed = sys.argv[1], *map(int, sys.argv[2:])
log = os.open(folder + "/log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
draws, leases = random.Random(seed), Leases(folder)
def note(change):
    os.write(log, f"{time.monotonic_ns()} {os.getpid()} {change}\\n".encode())
note(0)
while not os.path.exists(folder + "/go"):
    time.sleep(0.001)
for _ in range(times):
    n = draws.choice([1, 1, 2])
    while (lease := leases.acquire([Token("storm", capacity).dependency(n)])) is None:
        time.sleep(draws.uniform(0, 0.004))
    note(n)
    time.sleep(draws.uniform(0, 0.01))
    note(-n)
    leases.release(lease)
"""


def start(folder, times, seed):
    words = [sys.executable, "-c", PROGRAM, str(folder), str(times), str(CAPACITY), str(seed)]
    return subprocess.Popen(words, stderr=subprocess.PIPE)


def await_note(folder, pid):
    deadline = time.monotonic() + 30
    while f" {pid} " not in ((folder / "log").read_text() if (folder / "log").exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def most_in_use(folder, ends):
    """Go through the notes by time; a process that was killed held what it held until it was."""
    notes = [tuple(map(int, line.split())) for line in (folder / "log").read_text().splitlines()]
    held = {}
    for _, pid, n in notes:
        held[pid] = held.get(pid, 0) + n
    notes += [(end_ns, pid, -held.get(pid, 0)) for pid, end_ns in ends.items()]
    in_use, most = 0, 0
    for _, _, n in sorted(notes, key=lambda note: (note[0], note[2])):
        in_use += n
        most = max(most, in_use)
    assert in_use == 0
    return most


def test_there_are_never_more_in_use_than_there_are(tmp_path):
    """Eight processes take and give back 25 times each, and at times more than one holds some."""
    processes = [start(tmp_path, 25, seed) for seed in range(8)]
    for process in processes:
        await_note(tmp_path, process.pid)
    (tmp_path / "go").touch()
    for process in processes:
        _, messages = process.communicate(timeout=60)
        assert process.returncode == 0, messages.decode()
    assert len((tmp_path / "log").read_text().splitlines()) == 8 * (1 + 25 * 2)
    assert 1 < most_in_use(tmp_path, {}) <= CAPACITY


def test_processes_that_are_killed_neither_keep_tokens_nor_lose_count(tmp_path, leases):
    """Twelve are killed at random moments while others go on; afterwards nothing is held."""
    (tmp_path / "go").touch()
    draws, ends = random.Random(5), {}
    running = [start(tmp_path, 10_000, seed) for seed in range(4)]
    for seed in range(4, 16):
        victim = running.pop(0)
        await_note(tmp_path, victim.pid)
        time.sleep(draws.uniform(0.0, 0.1))
        running.append(start(tmp_path, 10_000, seed))
        ends[victim.pid] = time.monotonic_ns()  # before: afterwards others may hold already what it held
        os.kill(victim.pid, signal.SIGKILL)
        assert victim.communicate(timeout=10)[1] == b""
    for process in running:
        ends[process.pid] = time.monotonic_ns()
        process.kill()
        process.communicate(timeout=10)
    assert len(ends) == 16
    assert most_in_use(tmp_path, ends) <= CAPACITY
    assert leases.find() == []
