"""The executor of this very process."""

from __future__ import annotations

import random
import sys
import threading

import pytest
from executor_contract import Contract, Told, chunks_of, drive
from executor_contract.cells import Double, Draws, Fails, Prints

from simulator.explore.executors.inline import Inline


class TestInline(Contract):
    """It keeps the rules of all executors, as far as one process can."""

    def make(self):
        return Inline()


def test_ctrl_c_is_not_a_failed_cell(tmp_path):
    """It goes up; what was finished is told at the next look, and the rest of the chunk is lost."""
    cells = [Double(x=1), Fails(what="KeyboardInterrupt"), Double(x=2)]
    with Inline() as executor:
        executor.start(tmp_path)
        executor.submit(chunks_of(cells, 3))
        with pytest.raises(KeyboardInterrupt):
            executor.poll(0)
        told = Told(tmp_path, executor.poll(0))
    assert told.kinds("chunk-0000") == ["started", "shard", "lost"]
    assert [outcome.id for outcome in told.outcomes] == [cells[0].id]


def test_the_process_is_left_as_it_was(tmp_path):
    """Streams and global generators are the caller's own again."""
    streams, state = (sys.stdout, sys.stderr), random.getstate()
    with Inline() as executor:
        executor.start(tmp_path)
        drive(executor, tmp_path, chunks_of([Draws(x=1), Prints(text="hello"), Fails()], 3))
    assert (sys.stdout, sys.stderr) == streams
    assert random.getstate() == state


def test_threads_that_were_there_before_print_as_before(tmp_path, capsys):
    """A bar that shows progress is not a cell's output."""
    begun, done = threading.Event(), threading.Event()

    def shows_progress():
        begun.wait(10)
        print("50 %")  # noqa: T201  # not to be caught
        done.set()

    thread = threading.Thread(target=shows_progress)
    thread.start()

    class Meanwhile(Double):
        def execute(self):
            print("mine")  # noqa: T201  # to be caught
            begun.set()
            done.wait(10)

    cell = Meanwhile(x=1)
    with Inline() as executor:
        executor.start(tmp_path)
        told = drive(executor, tmp_path, chunks_of([cell], 1))
    thread.join()
    assert told.outcome(cell).output == "mine\n"
    assert capsys.readouterr().out == "50 %\n"
