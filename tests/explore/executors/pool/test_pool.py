"""Processes on this machine."""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import ClassVar

import pytest
from executor_contract import ContractApart, Told, chunks_of, drive, tell
from executor_contract.cells import Double, Environment, Fails, Forks, Prints, Waits

from simulator.errors import ConfigError
from simulator.explore.chunk import Chunk
from simulator.explore.config.task import Task
from simulator.explore.executors.pool import Pool
from simulator.explore.executors.pool import parent as parent_module


class TestPool(ContractApart):
    """It keeps the rules of all executors."""

    def make(self):
        return Pool(workers=2)


def test_nobody_waits_behind_a_long_cell_while_another_is_idle(pool, folder):
    """A chunk that waits for a busy worker is taken back for one that has nothing to do."""
    cells = [Waits(note=folder / "long", how="computing"), *(Double(x=x) for x in range(6))]
    pool.submit(chunks_of(cells, 1))
    told = Told(folder)
    tell(pool, told, lambda told: len(told.over) == 6)
    assert not told.lost


def test_cancelling_one_chunk_disturbs_no_other(pool, folder):
    """What waits behind it, and what runs beside it, comes to its end."""
    notes = [folder / f"note{x}" for x in range(2)]
    told = Told(folder)
    pool.submit(chunks_of([Waits(note=note, x=x, for_s=60 - 59 * x) for x, note in enumerate(notes)], 1, "long"))
    pool.submit(chunks_of([Double(x=x) for x in range(4)], 1))
    tell(pool, told, lambda _: all(note.exists() for note in notes))
    pool.cancel(["long-0000"])
    tell(pool, told, lambda told: len(told.over) == 6)
    assert told.lost == {"long-0000": "cancelled"}
    assert len(told.outcomes) == 5


def test_a_cell_that_cannot_be_sent_or_read_fails_alone(pool, folder):
    """Both ends of the way are a user's code."""

    class Unsendable(Double):
        def __reduce__(self):
            raise TypeError("stays here")

    class Unreadable(Double):
        def __reduce__(self):
            return int, ("not a number",)

    stuck, unread, fine = Unsendable(x=1).seal(), Unreadable(x=2).seal(), Double(x=3).seal()
    told = drive(pool, folder, [Chunk("stuck", [stuck, fine]), Chunk("unread", [unread])])
    assert told.kinds("stuck")[-1] == told.kinds("unread")[-1] == "ended"
    assert told.outcome(fine).done
    assert told.outcome(stuck).error == "cannot be sent to a worker: TypeError: stays here"
    assert told.outcome(unread).error.startswith("cannot be read by a worker: ValueError: invalid literal")


def test_a_class_that_is_written_anew_replaces_its_old_self(pool, folder):
    """As in a notebook: the same name, another class, the same workers."""

    def written(factor):
        class Scaled(Task):
            x: int

            def execute(self):
                return {"scaled": factor * self.x}

        return Scaled(x=1).seal()

    first, second = written(2), written(3)
    assert drive(pool, folder, [Chunk("a", [first])]).rows(first) == [{"scaled": 2}]
    assert drive(pool, folder, [Chunk("b", [second])]).rows(second) == [{"scaled": 3}]


def test_children_of_cells_print_into_the_cells_output(pool, folder):
    """Output is caught where the system sees it."""
    cell = Prints(text="from a child", by="child")
    told = drive(pool, folder, chunks_of([Prints(text="before"), cell], 2))
    assert told.outcome(cell).output == "from a child\n"


def test_an_interrupt_that_a_cell_raises_is_its_own(pool, folder):
    """Nobody presses Ctrl-C in a worker; and a signal to it alone does nothing."""

    class Signals(Double):
        def execute(self):
            os.kill(os.getpid(), signal.SIGINT)
            return super().execute()

    cells = [Fails(what="KeyboardInterrupt", message="of my own"), Signals(x=2)]
    told = drive(pool, folder, chunks_of(cells, 2))
    assert [told.outcome(cell).error for cell in cells] == ["KeyboardInterrupt: of my own", None]


def test_a_cell_that_forks_has_one_outcome(pool, folder):
    """Its child comes out of the cell as well, and goes no further."""
    cells = [Forks(x=x) for x in range(3)]
    told = drive(pool, folder, chunks_of(cells, 3))
    assert [told.outcome(cell).done for cell in cells] == [True] * 3


def test_libraries_use_one_thread_unless_told_otherwise(folder, monkeypatch):
    """Workers share the CPUs; whoever sets a number knows better."""
    cell = Environment().seal()
    for said, expected in ((None, "1"), ("3", "3")):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        if said:
            monkeypatch.setenv("OMP_NUM_THREADS", said)
        with Pool(workers=1) as pool:
            pool.start(folder)
            assert drive(pool, folder, [Chunk(f"said-{said}", [cell])]).rows(cell)[0]["omp"] == expected


def test_modules_that_a_class_names_are_imported_before_workers_are_forked(pool, folder):
    """And a name that is wrong harms nobody."""

    class Heavy(Task):
        PRELOAD: ClassVar[tuple[str, ...]] = ("no_such_module", "wsgiref.simple_server")
        x: int

        def execute(self):
            return {"there": "wsgiref.simple_server" in sys.modules}

    cells = [Heavy(x=x).seal() for x in range(4)]
    told = drive(pool, folder, chunks_of(cells, 1))
    assert [told.rows(cell) for cell in cells] == [[{"there": True}]] * 4


def test_who_runs_a_chunk_is_known_even_if_its_parent_is_slow_to_say(folder, monkeypatch):
    """Tokens are held in the name of that process, and freed by its end."""
    slow = parent_module._PROGRAM.replace(
        "import main;",
        "import main, _Nursery; import time; tell = _Nursery._tell;"
        "_Nursery._tell = lambda self, **what: (time.sleep(0.5), tell(self, **what));",
    )
    monkeypatch.setattr(parent_module, "_PROGRAM", slow)
    with Pool(workers=1) as pool:
        pool.start(folder)
        pool.submit(chunks_of([Double(x=1)], 1))
        reports = []
        while not reports or reports[-1].kind != "ended":
            reports += pool.poll(1)
    assert reports[0].kind == "started"
    assert reports[0].pid
    assert reports[0].who == f"pid {reports[0].pid}"


def test_a_pool_of_nobody_is_refused():
    """It would never end."""
    with pytest.raises(ConfigError, match="at least 1"):
        Pool(workers=0)


def test_results_that_cannot_be_written_are_told(pool, folder):
    """The disk is full, for which the limit on the size of a file stands in; the chunk is lost, with the reason."""

    class Fills(Double):
        def execute(self):
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
            return super().execute()

    told = drive(pool, folder, chunks_of([Fills(x=1)], 1))
    assert told.lost["chunk-0000"].startswith("its results could not be written: LedgerError: ")
    assert "File too large" in told.lost["chunk-0000"]
