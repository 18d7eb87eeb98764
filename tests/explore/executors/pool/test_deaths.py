"""Processes that are killed, and what they take along."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress

import psutil
import pytest
from executor_contract import Told, chunks_of, drive, tell
from executor_contract.cells import Dies, Double, Waits
from executor_contract.rules import alive, gone, noted

from simulator.errors import ExecutorError
from simulator.explore.chunk import Chunk
from simulator.explore.executors.pool import Pool
from simulator.explore.executors.pool import parent as parent_module


def children():
    """Processes of this one, however far down."""
    return psutil.Process().children(recursive=True)


def test_no_process_is_left_behind(folder):
    """Not even when the driver raises while cells run."""
    before = {process.pid for process in children()}
    with suppress(RuntimeError), Pool(workers=2) as pool:
        pool.start(folder)
        pool.submit(chunks_of([Waits(note=folder / f"note{x}", x=x, child=True) for x in range(4)], 1))
        tell(pool, Told(folder), lambda told: (folder / "note0").exists() and (folder / "note1").exists())
        pids = [*noted(folder / "note0"), *noted(folder / "note1")]
        raise RuntimeError("of the driver")
    assert not [pid for pid in pids if alive(pid)]
    assert {process.pid for process in children()} <= before


@pytest.mark.parametrize("how", ["sleep", "computing"])
def test_a_killed_worker_is_replaced_and_named(pool, folder, how):
    """In the middle of a cell, even if that does not let Python breathe."""
    told = Told(folder)
    pool.submit(chunks_of([Waits(note=folder / "note", how=how, child=True)], 1, "long"))
    tell(pool, told, lambda _: (folder / "note").exists())
    pid, child = noted(folder / "note")
    assert told.of("long-0000")[0].pid == pid
    os.kill(pid, signal.SIGKILL)
    tell(pool, told, lambda told: told.over)
    assert told.lost == {
        "long-0000": f"pid {pid} was killed by signal 9 (SIGKILL), as the system does when memory runs out"
    }
    drive(pool, folder, chunks_of([Double(x=x) for x in range(9)], 1), told=told)
    assert len(told.outcomes) == 9
    assert not gone([child], within_s=5)


def test_what_only_waited_for_a_killed_worker_is_not_lost(folder):
    """With one worker, the next chunk is with it already; it runs elsewhere, and nobody hears of it."""
    with Pool(workers=1) as pool:
        pool.start(folder)
        deadly = chunks_of([Dies(note=folder / "note", how="SIGKILL")], 1, "deadly")
        told = drive(pool, folder, [*deadly, *chunks_of([Double(x=x) for x in range(3)], 1)])
    assert list(told.lost) == ["deadly-0000"]
    assert len(told.outcomes) == 3


def test_the_process_that_workers_come_from_is_replaced_too(pool, folder):
    """If it is killed, so are the workers; their chunks are lost, and others come."""
    told = Told(folder)
    before = {process.pid for process in children()}
    pool.submit(chunks_of([Waits(note=folder / "note")], 1, "long"))
    tell(pool, told, lambda _: (folder / "note").exists())
    (pid,) = noted(folder / "note")
    nursery = psutil.Process(pid).parent()
    assert nursery.pid in before
    nursery.kill()
    tell(pool, told, lambda told: told.over)
    assert "died with the process that it came from" in told.lost["long-0000"]
    assert not gone([pid], within_s=5)
    assert len(drive(pool, folder, chunks_of([Double(x=1)], 1)).outcomes) == 1


def test_workers_that_die_at_once_are_given_up(folder, monkeypatch):
    """It is said of what they die, instead of making others for ever."""
    broken = parent_module._PROGRAM.replace(
        "import main;", "import main, _Nursery; import simulator.explore.executors.pool.worker as w; w.work = None;"
    )
    monkeypatch.setattr(parent_module, "_PROGRAM", broken)
    with Pool(workers=2) as pool:
        pool.start(folder)
        pool.submit(chunks_of([Double(x=1)], 1))
        with pytest.raises(ExecutorError, match=r"3 workers in a row died .* exit code 1; TypeError: 'NoneType'"):
            tell(pool, Told(folder), lambda _: False, timeout_s=20)


def test_a_worker_that_a_cell_has_spoiled_runs_no_other_chunk(folder):
    """What breaks outside of cells loses one chunk, and the next begin in another process."""

    class Spoils(Double):
        def execute(self):
            import simulator.explore.work.run as run

            run.caught = None
            return super().execute()

    with Pool(workers=1) as pool:
        pool.start(folder)
        told = drive(pool, folder, chunks_of([Spoils(x=1), Double(x=2), Double(x=3), Double(x=4)], 1))
    assert list(told.lost) == ["chunk-0001"]
    assert told.lost["chunk-0001"].startswith("it broke outside of its cells: TypeError: ")
    assert {outcome.done for outcome in told.outcomes} == {True}
    assert len(told.outcomes) == 3


def test_random_kills_lose_only_what_ran(folder):
    """Workers are killed again and again; whatever was lost runs again, and every cell has its result."""
    draws = random.Random(5)
    cells = [Double(x=x).seal() for x in range(400)]
    todo = {f"try0-{i}": cells[i * 20 : i * 20 + 20] for i in range(20)}
    told, done = Told(folder), set()
    with Pool(workers=2) as pool:
        pool.start(folder)
        pool.submit([Chunk(key, of) for key, of in todo.items()])
        deadline = time.monotonic() + 60
        kills = 0
        while len(done) < len(cells):
            assert time.monotonic() < deadline
            reports = pool.poll(0.1)
            told.reports += reports
            for report in reports:
                if report.kind == "lost":
                    key = f"again{kills}-{report.key}"
                    kills += 1
                    todo[key] = todo[report.key]
                    pool.submit([Chunk(key, todo[key])])
                if report.kind == "started" and draws.random() < 0.3 and kills < 15:
                    with suppress(ProcessLookupError):
                        os.kill(report.pid, signal.SIGKILL)
            done = {outcome.id for outcome in told.outcomes}
    assert done == {cell.id for cell in cells}


def test_the_process_that_workers_come_from_may_be_killed_again_and_again(folder):
    """Before its workers have begun anything: that is one misfortune, however many they are; three end the run."""
    before = children()  # such as a Slurm that other tests use
    with Pool(workers=4) as pool:
        pool.start(folder)
        pool.submit(chunks_of([Double(x=x) for x in range(8)], 1))
        for _ in range(2):
            kill_source(pool, before)
        with pytest.raises(ExecutorError, match=r"3 workers in a row died .* with the process that it came from"):
            kill_source(pool, before)


def kill_source(pool, before):
    """Kill the process that workers come from before it has made one, and let the pool find out."""
    (source,) = set(children()) - set(before)
    source.kill()
    while source in children():
        pool.poll(0.05)
