"""A sweep of tiny tasks that do what tests tell them, and ways to run it and to look at what became of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from simulator.explore import Task, param
from simulator.explore.ledger import Ledger
from simulator.explore.shards import read_rows

#: A plan of ``ROWS`` times ``SEEDS`` cells; what is put in front of it changes what it makes.
PLAN = """
import os, signal, time
from pathlib import Path
from simulator.explore import Task, param, product

class Tiny(Task):
    x: int
    seed: int = param(0, repetition=True)

    def execute(self):
        time.sleep(WAIT_S)
        return {"y": self.x / 7 + self.seed, "text": f"{self.x}-{self.seed}"}

def explorer(launcher):
    launcher.bind(Tiny)(product(x=range(ROWS), seed=range(SEEDS)))
"""


class Told(Task):
    """Does what it is told; what that is is part of its id."""

    x: int
    does: str = "add"
    seed: int = param(0, repetition=True)

    def execute(self):
        count(self.jobpath)
        if self.does == "raise":
            raise ValueError(f"x is {self.x}")
        if self.does == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "wait":
            time.sleep(60)
        if self.does == "raise until told" and not (self.jobpath / "told").exists():
            raise RuntimeError("nobody told")
        return {"y": self.x + 0.5, "cost": float(self.x + self.seed)}


class Sum(Task):
    """Needs others."""

    parts: list[Told]
    more: int = 0

    def execute(self):
        count(self.jobpath)
        return {"y": sum(part.result()["y"].item() for part in self.parts) + self.more}


def count(folder):
    """Leave a mark for each time that something ran."""
    (folder / f"ran-{time.time_ns()}-{os.getpid()}").touch()


def times_ran(folder, task):
    """Tell how often a task that counts has run."""
    return len(list((Path(folder) / "jobs" / task.id[:20]).glob("ran-*")))


def write_plan(path, *, rows=4, seeds=3, wait_s=0.0, before="", after=""):
    """Write the plan, with something before and after it."""
    path.write_text(f"ROWS, SEEDS, WAIT_S = {rows}, {seeds}, {wait_s}\n{before}{PLAN}{after}")
    return path


def start_run(plan, folder, *, executor="pool", workers=2, limit_bytes=None, before="", **more):
    """Run a plan in a process of its own, in a session of its own; files can be limited, as a full disk limits them."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_bytes}, {limit_bytes}))\n"
    code = (
        f"{before}{limited if limit_bytes else ''}from simulator.explore import run_grid\n"
        f"run = run_grid({str(plan)!r}, folder={str(folder)!r}, executor={executor!r}, "
        f"{f'workers={workers}, ' if executor != 'inline' else ''}**{more!r})\n"
        "print(run.counts)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def states(folder, grid="plan"):
    """Tell the state of each cell."""
    with Ledger.open(folder, write=False) as ledger:
        return ledger.states(grid)


def cells(folder, grid="plan"):
    """Tell what the ledger knows of each cell."""
    with Ledger.open(folder, write=False) as ledger:
        return list(ledger.cells(grid))


def results(folder, grid="plan"):
    """Read the results of all cells that have one, in plan order."""
    with Ledger.open(folder, write=False) as ledger:
        located = ledger.located(ledger.states(grid))
        return read_rows(Path(folder), list(located.values()))


def wait_for(condition, *, timeout_s=30.0):
    """Wait until something is so."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "it took too long"
        time.sleep(0.01)
