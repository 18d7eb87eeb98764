"""Sweeps run by the real program, killed at chosen moments, and looked at afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from simulator.explore import export_table, read_table
from simulator.explore.ledger import Ledger, holder
from simulator.explore.shards import read_rows
from simulator.explore.tokens import Leases

#: Cells that draw, cells with histories, cells that hold a token, and cells that need others.
PLAN = """
import random, time
from simulator.explore import Task, param
from simulator.explore.tokens import Token

class Tiny(Task):
    x: int
    seed: int = param(0, repetition=True)

    def execute(self):
        time.sleep(0.025)
        steps = 3 if self.x % 5 == 0 else 1
        return [{"y": self.x / 7 + self.seed + step, "luck": random.random()} for step in range(steps)]

class Mean(Task):
    x: int
    parts: list[Tiny]

    def execute(self):
        return {"y": sum(part.result()["y"].mean() for part in self.parts) / len(self.parts)}

desk = Token("desk", 1)

def explorer(launcher):
    for x in range(16):
        cells = [Tiny(x=x, seed=seed) for seed in range(5)]
        if x % 4 == 1:
            for cell in cells:
                cell.add_dependencies(desk.dependency(1))
        for cell in cells:
            launcher(cell)
        if x % 3 == 0:
            launcher(Mean(x=x, parts=cells))
"""
CELLS = 16 * 5 + 6
#: The program as it is, but for this: it tidies up already when there are eight shards, so that few cells are enough.
PROGRAM = """
from simulator.cli import main
from simulator.explore.driver import ending
ending.MANY  # it is still called so
ending.MANY = 8
main()
"""
#: What of a sweep's folder can be seen from outside; right after it, something is being done.
EVENTS = ("folder held", "shard begun", "shard there", "log grows", "merged", "manifest")
#: What is left of what was not finished ends like this, or begins with a dot.
UNFINISHED = (".unfinished", ".partial", "-journal", "-wal", "-shm")
_MARK = "SWEEP_OF_TEST"


class Moment(NamedTuple):
    """When to kill: so long after an event, or after the start [s]."""

    event: str | None
    after_s: float


class Place:
    """A sweep of its own: folder, tokens, temporary files; its processes are found by a mark."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.folder = where / "sweep"
        self.kills = 0
        for name in ("state", "tmp"):
            (where / name).mkdir(parents=True)
        (where / "plan.py").write_text(PLAN)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the program, in a session of its own."""
        words = words or ("run", "plan.py", "--folder", "sweep", "--workers", "2", "--json")
        mine = {_MARK: str(self.where), "SIMULATOR_STATE_DIR": str(self.where / "state")}
        with (self.where / "said.txt").open("a") as said:
            return subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "grid", *words],
                cwd=self.where,
                env={**os.environ, **mine, "TMPDIR": str(self.where / "tmp")},
                stdout=subprocess.DEVNULL,
                stderr=said,
                text=True,
                start_new_session=True,
            )

    def said(self) -> str:
        """Return all that the runs have said."""
        return (self.where / "said.txt").read_text()

    def holds(self, process: subprocess.Popen[str]) -> bool:
        """Tell whether a process has got as far as taking the folder, now or earlier."""
        with suppress(OSError, ValueError):
            return bool(json.loads((self.folder / "driver.lock").read_text())["pid"] == process.pid)
        return False

    def marked(self) -> list[int]:
        """List the processes of this sweep."""
        mark = f"{_MARK}={self.where}".encode()
        found = []
        for pid in psutil.pids():
            with suppress(OSError):
                if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    found.append(pid)
        return [pid for pid in found if not _is_zombie(pid)]

    def nobody_is_left(self) -> None:
        """Wait until all of it are gone, and what they held with them, for a moment: they end by themselves."""
        until = time.monotonic() + 30
        while left := [*self.marked(), *Leases(self.where / "state").find()]:
            assert time.monotonic() < until, f"{left} outlive their driver"
            time.sleep(0.02)

    def _seen(self, event: str) -> object:
        shards = self.folder / "shards"
        with suppress(OSError):
            if event == "log grows":
                return (self.folder / "ledger.db-wal").stat().st_size
            if event == "manifest":
                return [
                    (file.name, file.stat().st_mtime_ns) for file in (self.folder / "grids/plan").glob("*manifest*")
                ]
            names = os.listdir(shards)  # noqa: PTH208  # quick, because it is asked every millisecond
            if event == "shard begun":
                return any(name.endswith(".unfinished") for name in names)
            if event == "merged":
                return {name for name in names if name.startswith("merged")}
            return sum(name.endswith(".parquet") for name in names)
        return None

    def wait(self, process: subprocess.Popen[str], moment: Moment) -> bool:
        """Wait for a moment of a run; tell whether the run has not ended before."""
        if moment.event == "folder held":
            while process.poll() is None and not self.holds(process):
                time.sleep(0.001)
        elif moment.event is not None:
            while process.poll() is None and not self.holds(process):
                time.sleep(0.001)
            first = self._seen(moment.event)
            while process.poll() is None and self._seen(moment.event) in (first, None):
                time.sleep(0.0005)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment.after_s)
        return process.poll() is None

    def phase(self, process: subprocess.Popen[str]) -> str:
        """Say what a living run is at."""
        by = holder(self.folder) if self.folder.exists() else None
        if by is not None and by.pid == process.pid:
            return "while"
        return "ending" if self.holds(process) else "before"

    def nobody_holds_anything(self) -> None:
        """See that a dead run is in nobody's way: no process of it, no lock, no token."""
        self.nobody_is_left()
        if not (self.folder / "ledger.db").exists():
            return
        assert holder(self.folder) is None
        with closing(sqlite3.connect(self.folder / "ledger.db", timeout=0, isolation_level=None)) as con:
            con.execute("BEGIN IMMEDIATE")
            con.execute("ROLLBACK")

    def check(self, wanted: dict[str, bytes]) -> None:
        """See that all is as if nothing had happened, once a run was let through."""
        self.nobody_holds_anything()
        with closing(sqlite3.connect(f"file:{self.folder}/ledger.db?mode=ro", uri=True)) as con:
            _equal(con.execute("PRAGMA integrity_check").fetchall(), [("ok",)], "a damaged ledger")
            twice = con.execute("SELECT cell, count(*) FROM attempt WHERE ended = 2 GROUP BY cell HAVING count(*) != 1")
            _equal(twice.fetchall(), [], "cells that have several results")
            _equal(con.execute("SELECT path FROM shard WHERE replaced").fetchall(), [], "shards that are to be removed")
        with Ledger.open(self.folder, write=False) as ledger:
            states = ledger.states("plan")
            located = ledger.located(states)
        _equal(Counter(states.values()), {"done": CELLS}, "states")
        rows = read_rows(self.folder, list(located.values()))
        _equal((len(located), rows["cell"].nunique()), (CELLS, CELLS), "results")
        for name, data in tables(self.folder, self.where).items():
            _equal(data == wanted[name], True, f"{name} as after an unbroken run")
        _equal([*strays(self.folder), *strays(self.where / "state")], [], "unfinished files")
        _equal(list((self.where / "tmp").iterdir()), [], "temporary files")


def _equal(found: object, wanted: object, what: str) -> None:
    assert found == wanted, f"{what}: {found} instead of {wanted}"


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def tables(folder: Path, to: Path) -> dict[str, bytes]:
    """Export a sweep's table, and read the files."""
    table = read_table(folder)
    return {name: export_table(table, to / name).read_bytes() for name in ("table.csv", "table.parquet")}


def strays(folder: Path) -> list[str]:
    """List the files that nobody finished."""
    files = [file for file in folder.rglob("*") if file.name.startswith(".") or file.name.endswith(UNFINISHED)]
    return sorted(str(file.relative_to(folder)) for file in files)


def let_through(place: Place) -> None:
    """Run what is left of a sweep to its end."""
    process = place.start()
    try:
        assert process.wait(timeout=60) == 0, place.said()
    except subprocess.TimeoutExpired:
        held = Leases(place.where / "state").find()
        kill_all(process, random.Random(0))
        raise AssertionError(f"the run does not end; tokens are held: {held}; {place.said()}") from None


def moments(draws: random.Random, n: int, life_s: float) -> list[Moment]:
    """Spread moments over the life of a run: half of them by the clock, half by what can be seen of it."""
    timed = [Moment(None, life_s * (i + draws.random()) / (n // 2)) for i in range(n // 2)]
    seen = [Moment(EVENTS[i % len(EVENTS)], draws.choice([0.0, draws.uniform(0, 0.02)])) for i in range(n - n // 2)]
    found = timed + seen
    draws.shuffle(found)
    return found


def kill_driver(process: subprocess.Popen[str], draws: random.Random) -> None:
    """Kill the driver alone."""
    process.kill()


def kill_all(process: subprocess.Popen[str], draws: random.Random) -> None:
    """Kill the driver's group and all that it has started, in any order, as a scheduler ends a job."""
    with suppress(psutil.NoSuchProcess):
        pids = [each.pid for each in psutil.Process(process.pid).children(recursive=True)]
        draws.shuffle(pids)
        place = draws.randrange(len(pids) + 1)
        for pid in pids[:place]:
            _kill(pid)
        os.killpg(process.pid, signal.SIGKILL)
        for pid in pids[place:]:
            _kill(pid)


def kill_one(process: subprocess.Popen[str], draws: random.Random) -> bool:
    """Kill a worker, or at times the process that workers come from; tell whether there was one."""
    with suppress(psutil.NoSuchProcess, IndexError):
        nursery = psutil.Process(process.pid).children()[0]
        workers = nursery.children()
        if not workers:
            return False
        victim = nursery if draws.random() < 0.1 else draws.choice(workers)
        if victim.status() != psutil.STATUS_ZOMBIE:
            victim.kill()
            return True
    return False


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
