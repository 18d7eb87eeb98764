"""Cells that do what cells may do."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path  # noqa: TC003  # types of fields are looked up when a class is made
from typing import ClassVar

import numpy as np

from simulator.explore.config.task import Task


class Double(Task):
    """A cell that has a result."""

    x: int

    def execute(self):
        return {"doubled": 2 * self.x}


class Fails(Task):
    """A cell that raises what it is told to."""

    what: str = "ValueError"
    message: str = "too high"

    def execute(self):
        kind = {"SystemExit": SystemExit, "KeyboardInterrupt": KeyboardInterrupt, "MemoryError": MemoryError}
        raise kind.get(self.what, ValueError)(self.message)


class Unstorable(Task):
    """A cell whose result is none."""

    x: int = 0

    def execute(self):
        return {"who": object()}


class Prints(Task):
    """A cell that prints, itself and by a child."""

    text: str
    times: int = 1
    by: str = "python"

    def execute(self):
        if self.by == "child":
            subprocess.run([sys.executable, "-c", f"print({self.text!r})"], check=True)
        elif self.by == "stderr":
            print(self.text, file=sys.stderr)  # noqa: T201  # to be caught
        else:
            for _ in range(self.times):
                print(self.text)  # noqa: T201  # to be caught


class Draws(Task):
    """A cell that uses the global generators, which no cell should."""

    x: int

    def execute(self):
        return {"mine": random.random(), "numpys": float(np.random.random())}


class Together(Task):
    """Cells that come in one call, which raises if it meets a cell that fails."""

    calls: ClassVar[int] = 0
    group: str
    x: int
    fails: bool = False
    pause_s: float = 0.0

    def batch_key(self):
        return self.group

    @classmethod
    def execute_many(cls, cells):
        for cell in cells:
            if cell.fails:
                raise ZeroDivisionError(f"cell {cell.x}")
            time.sleep(cell.pause_s)
            yield {"together": len(cells)}


class Sum(Task):
    """A cell that reads the results of others."""

    parts: tuple[Double, ...]

    def execute(self):
        (self.jobpath / "note").write_text("was here")
        return {"sum": sum(int(part.result()["doubled"].iloc[0]) for part in self.parts)}


class Waits(Task):
    """A cell that says where it runs, in a file, and then waits; also without letting Python breathe."""

    note: Path
    x: int = 0
    for_s: float = 60.0
    child: bool = False
    how: str = "sleep"

    def execute(self):
        pids = [os.getpid()]
        if self.child:
            pids.append(subprocess.Popen(["sleep", str(self.for_s)]).pid)
        draft = self.note.with_name(self.note.name + ".draft")
        draft.write_text(" ".join(map(str, pids)))
        draft.rename(self.note)
        if self.how == "computing":
            _hold_the_lock(self.for_s)
        time.sleep(self.for_s)


class Dies(Task):
    """A cell that takes its process with it, as long as a file is not there; it makes it."""

    note: Path
    how: str = "exit"
    always: bool = False

    def execute(self):
        if self.always or not self.note.exists():
            self.note.touch()
            if self.how == "exit":
                os._exit(7)
            os.kill(os.getpid(), signal.Signals[self.how])
            time.sleep(60)
        return {"survived": True}


class Forks(Task):
    """A cell whose child comes out of it as well."""

    x: int = 0

    def execute(self):
        os.fork()
        return {"pid": os.getpid()}


class Environment(Task):
    """A cell that tells of the process it runs in."""

    x: int = 0

    def execute(self):
        return {"omp": os.environ.get("OMP_NUM_THREADS", ""), "pid": os.getpid()}


class Big(Task):
    """A cell that is long to send."""

    x: int
    text: str

    def execute(self):
        return {"length": len(self.text)}


def _hold_the_lock(for_s: float) -> None:
    """Call C that keeps Python's lock: no other thread of this process runs meanwhile."""
    import ctypes

    ctypes.PyDLL(None).usleep(int(for_s * 1e6))
