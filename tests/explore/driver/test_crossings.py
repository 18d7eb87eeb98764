"""What is asked for and what happens cross each other: a cell still runs once, and whoever needs it runs after it."""

from __future__ import annotations

from tiny_sweep import Sum, Told, cells, times_ran

from simulator.explore import experiment
from simulator.explore.chunk import Report
from simulator.explore.driver import ask
from simulator.explore.executors.base import CANCELLED_WHY, Executor
from simulator.explore.ledger import FolderLock
from simulator.explore.work import run_chunk


class Slow(Executor):
    """Runs what it has when a test says so, and tells of cancelled chunks when a test says so.

    Parameters
    ----------
    turns
        What to do at each call of `poll`, in turn; from then on, all is run that is there.
    """

    name = "slow"
    capacity = 8

    def __init__(self, *turns):
        self.turns = list(turns)
        self.chunks = {}
        self.cancelled = []

    def start(self, folder):
        self.folder = folder

    def submit(self, chunks):
        self.chunks.update({chunk.key: chunk for chunk in chunks})

    def cancel(self, keys):
        self.cancelled += keys

    def run(self):
        """Run one chunk, and tell."""
        reports = []
        run_chunk(self.chunks.pop(next(iter(self.chunks))), self.folder, reports.append)
        return reports

    def end_cancelled(self):
        """Tell of chunks that were cancelled."""
        gone, self.cancelled = self.cancelled, []
        return [Report(key, "lost", why=CANCELLED_WHY) for key in gone if self.chunks.pop(key, None)]

    def poll(self, timeout_s):
        if self.turns:
            return self.turns.pop(0)(self) or []
        return self.run() if self.chunks else []

    def stop(self):
        self.chunks.clear()


def test_a_cell_that_is_asked_for_again_before_its_cancelled_chunk_has_ended_runs_once(folder):
    """The end of the old chunk is no news about the new one."""
    turns = [
        lambda slow: ask(slow.folder, "cancel", [task.id]) and None,
        lambda slow: ask(slow.folder, "retry", [task.id]) and None,
        lambda slow: None,
        Slow.end_cancelled,
    ]
    with experiment(folder, "crossed", executor=Slow(*turns)) as xp:
        task = Told(x=1).submit()
        assert str(xp.wait()) == "1 done"
    assert times_ran(folder, task) == 1
    assert cells(folder, "crossed")[0].state == "done"


def test_a_result_that_comes_after_it_was_cancelled_counts_and_frees_who_needs_it(folder):
    """It was there before anybody could stop it."""
    turns = [lambda slow: ask(slow.folder, "cancel", [part.id]) and None, Slow.run]
    with experiment(folder, "crossed", executor=Slow(*turns)) as xp:
        part = Told(x=1).submit()
        total = Sum(parts=[part]).submit()
        last = Sum(parts=[], more=1).add_dependencies(total).submit()
        assert str(xp.wait()) == "3 done"
        assert (total.result()["y"].item(), last.result()["y"].item()) == (1.5, 1)


def late(folder):
    """Run a task that fails, and ask for it again when the driver does not look any more."""
    with experiment(folder, "late", executor="inline", on_failure="keep") as xp:
        task = Told(x=1, does="raise until told").submit()
        xp.wait()
        (task.jobpath / "told").touch()
    driver = FolderLock(folder)
    try:
        assert ask(folder, "retry", [task.id]) == "asked"
    finally:
        driver.release()
    return task


def test_a_request_that_came_too_late_is_heeded_by_the_next_run(folder):
    """Whoever asked was told that a driver would see to it."""
    task = late(folder)
    with experiment(folder, "late", executor="inline") as xp:
        task.copy().submit()
    assert str(xp.run.counts) == "1 done"


def test_a_request_that_came_too_late_is_heeded_before_later_ones(folder):
    """The last word is the one that counts."""
    task = late(folder)
    assert ask(folder, "cancel", [task.id]) == "done"
    with experiment(folder, "late", executor="inline") as xp:
        task.copy().submit()
    assert str(xp.run.counts) == "1 cancelled"


def test_a_driver_that_had_nothing_to_run_runs_what_is_asked_for(folder):
    """Its executor is started when it is needed."""
    task = late(folder)
    assert ask(folder, "cancel", [task.id]) == "done"
    with experiment(folder, "late", executor="inline") as xp:
        task.copy().submit()
        xp.wait()
        assert ask(folder, "retry", [task.id]) == "asked"
    assert str(xp.run.counts) == "1 done"
