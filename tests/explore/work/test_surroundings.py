"""What a cell changes in its process does not reach the next one: which cells share a process decides no result."""

from __future__ import annotations

import decimal
import locale
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from executor_contract import Told

from simulator.explore import Task
from simulator.explore.chunk import Chunk
from simulator.explore.work import run_chunk
from simulator.explore.work.surroundings import Surroundings


class Leaves(Task):
    """Changes something and leaves it so."""

    what: str

    def execute(self):
        CHANGES[self.what]()


class Sees(Task):
    """Tells what the process is like."""

    def execute(self):
        umask = os.umask(0o022)
        os.umask(umask)
        sys.stdout.write("seen\n")
        return {
            "folder": str(Path.cwd()),
            "umask": umask,
            "environment": repr(sorted(os.environ.items())),
            "hour": time.localtime(0).tm_hour,
            "signals": str([signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT)]),
            "alarm": signal.getitimer(signal.ITIMER_REAL)[0] > 0,
            "lists": repr((sys.path, sys.argv)),
            "limit": sys.getrecursionlimit(),
            "locale": locale.setlocale(locale.LC_ALL),
            "warnings": repr(warnings.filters),
            "decimal": repr(decimal.getcontext()),
            "numpy": repr((np.geterr(), np.get_printoptions())),
            "hooks": threading.excepthook is None or sys.excepthook is None,
        }


def _alarm():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 100)


def _zone():
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()


def _close():
    sys.stdout.close()
    sys.stderr.close()


CHANGES = {
    "folder": lambda: os.chdir("/"),
    "umask": lambda: os.umask(0o077),
    "environment": lambda: (os.environ.update(LEFT="1"), os.environ.pop("PATH")),
    "zone": _zone,
    "handler": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "alarm": _alarm,
    "path": lambda: sys.path.insert(0, "/left"),
    "other path": lambda: setattr(sys, "path", ["/left"]),
    "arguments": lambda: sys.argv.append("left"),
    "limit": lambda: sys.setrecursionlimit(5000),
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C" if locale.setlocale(locale.LC_ALL) != "C" else "C.UTF-8"),
    "warnings": lambda: warnings.simplefilter("error"),
    "decimal": lambda: setattr(decimal.getcontext(), "prec", 3),
    "errors of numpy": lambda: np.seterr(all="raise"),
    "digits of numpy": lambda: np.set_printoptions(precision=2),
    "hooks": lambda: (setattr(sys, "excepthook", None), setattr(threading, "excepthook", None)),
    "stdout": lambda: setattr(sys, "stdout", None),
    "closed stdout": _close,
}


def seen(folder, cells, **more):
    """Run cells in one chunk, and tell what the last of them saw, and what was caught of what it printed."""
    told = Told(folder)
    run_chunk(Chunk("chunk", [cell.seal() for cell in cells]), folder, told.reports.append, **more)
    outcome = told.outcome(cells[-1])
    assert outcome.done, outcome.error
    return told.rows(cells[-1]), outcome.output


@pytest.mark.parametrize("own_process", [False, True], ids=["here", "in a process of its own"])
@pytest.mark.parametrize("what", CHANGES)
def test_the_next_cell_sees_nothing_of_it(tmp_path, what, own_process):
    """Neither in its result nor in what is caught of its output; nor does whoever runs cells in this process."""
    alone, printed = seen(tmp_path / "alone", [Sees()], own_process=own_process)
    before = Sees().execute()
    after, printed_after = seen(tmp_path / "after", [Leaves(what=what), Sees()], own_process=own_process)
    assert (after, printed_after) == (alone, printed) == (alone, "seen\n")
    assert Sees().execute() == before


def test_descriptors_are_open_again(tmp_path):
    """A cell that closes them, and has other files take their numbers, takes nobody's output."""

    class Closes(Task):
        def execute(self):
            os.close(1)
            os.close(2)
            os.open(os.devnull, os.O_WRONLY)

    class Echoes(Task):
        def execute(self):
            os.system("echo seen")  # noqa: S605  # a child's output

    told = Told(tmp_path)
    cells = [Closes().seal(), Echoes().seal()]
    run_chunk(Chunk("chunk", cells), tmp_path, told.reports.append, own_process=True)
    assert told.outcome(cells[1]).output == "seen\n"


def test_an_alarm_of_the_program_itself_stays():
    """Only one that a cell leaves is switched off."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        signal.setitimer(signal.ITIMER_REAL, 100)
        Surroundings().restore()
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
