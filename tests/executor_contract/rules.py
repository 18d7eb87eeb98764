"""The rules, as tests of a class that tests of an executor inherit."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil
import pytest

from executor_contract.cells import Big, Dies, Double, Draws, Fails, Prints, Sum, Together, Unstorable, Waits
from executor_contract.drive import PATIENCE_S, Told, chunks_of, drive, tell
from simulator.explore.chunk import Chunk
from simulator.explore.config.task import Task
from simulator.explore.executors.base import CANCELLED_WHY


def alive(pid):
    """Whether a process is there, and no zombie."""
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def noted(note):
    """Wait until a cell has written its note; give the process ids in it."""
    deadline = time.monotonic() + PATIENCE_S
    while not note.exists():
        assert time.monotonic() < deadline, "the cell did not begin"
        time.sleep(0.01)
    return [int(pid) for pid in note.read_text().split()]


def gone(pids, within_s):
    """Wait until processes are gone; those that are not."""
    deadline = time.monotonic() + within_s
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


class Contract:
    """Rules of every executor. Subclasses say how to make one.

    ``make()`` gives an executor that was not started.
    """

    def make(self):
        raise NotImplementedError

    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "sweep"
        folder.mkdir()
        return folder

    @pytest.fixture
    def executor(self, folder):
        with self.make() as executor:
            executor.start(folder)
            yield executor

    def test_every_cell_has_one_outcome_and_every_chunk_one_end(self, executor, folder):
        """More chunks than there is room for; each is told of in order: started, shards, ended."""
        chunks = chunks_of([Double(x=x) for x in range(60)], 4)
        told = drive(executor, folder, chunks)
        assert sorted(o.id for o in told.outcomes) == sorted(c.id for chunk in chunks for c in chunk.cells)
        assert all(outcome.done and outcome.rows == 1 for outcome in told.outcomes)
        for chunk in chunks:
            first, *shards, last = told.kinds(chunk.key)
            assert (first, set(shards), last) == ("started", {"shard"}, "ended")
        assert told.rows(chunks[7].cells[2]) == [{"doubled": 60}]

    def test_one_failing_cell_stops_no_other(self, executor, folder):
        """Whatever a cell raises is its own outcome: a line that says what, a traceback that says where."""
        bad = [Fails(), Fails(what="SystemExit", message="3"), Fails(what="MemoryError", message=""), Unstorable()]
        good = [Double(x=x) for x in range(3)]
        (chunk,) = chunks_of([good[0], *bad, *good[1:]], 9)
        told = drive(executor, folder, [chunk])
        assert [told.outcome(cell).done for cell in good] == [True] * 3
        outcomes = [told.outcome(cell) for cell in bad]
        assert [outcome.done for outcome in outcomes] == [False] * 4
        assert [o.error for o in outcomes[:3]] == ["ValueError: too high", "SystemExit: 3", "MemoryError"]
        assert "who" in outcomes[3].error
        assert "in execute" in outcomes[0].traceback
        assert "work/run.py" not in outcomes[0].traceback

    def test_what_a_cell_prints_is_its_own(self, executor, folder):
        """The end of it is kept; nothing of a neighbour's gets in."""
        cells = [Prints(text="one"), Double(x=1), Prints(text="two", by="stderr"), Prints(text="x" * 999, times=999)]
        told = drive(executor, folder, chunks_of(cells, 9))
        assert [told.outcome(cell).output for cell in cells[:3]] == ["one\n", None, "two\n"]
        assert told.outcome(cells[3]).output == (("x" * 999 + "\n") * 999)[-65_536:]

    def test_cells_with_a_key_come_in_one_call(self, executor, folder):
        """If it raises, what it gave before stays, and the others come each alone."""
        fine = [Together(group="fine", x=x) for x in range(5)]
        torn = [Together(group="torn", x=x, fails=x == 2) for x in range(5)]
        told = drive(executor, folder, chunks_of([*fine, *torn], 10))
        assert [told.rows(cell) for cell in fine] == [[{"together": 5}]] * 5
        assert [told.outcome(cell).done for cell in torn] == [True, True, False, True, True]
        assert [told.rows(torn[x]) for x in (1, 3)] == [[{"together": 5}], [{"together": 1}]]
        assert told.outcome(torn[2]).error == "ZeroDivisionError: cell 2"

    def test_a_cell_reads_results_of_what_it_needs_and_has_a_folder(self, executor, folder):
        """Where the results lie travels with the chunk."""
        parts = [Double(x=x).seal() for x in range(4)]
        told = drive(executor, folder, chunks_of(parts, 3))
        needed = {part.id: told.located(part) for part in parts}
        total = Sum(parts=tuple(parts)).seal()
        drive(executor, folder, [Chunk("sum", [total], needed=needed)], told=told)
        assert told.rows(total) == [{"sum": 12}]
        assert (folder / "jobs" / total.id[:20] / "note").read_text() == "was here"

    def test_global_generators_know_nothing_of_chunks(self, executor, folder):
        """A cell that draws from them gets the same whichever cells ran before it."""
        cells = [Draws(x=x).seal() for x in range(6)]
        alone = drive(executor, folder, chunks_of(cells, 1, "alone"))
        together = drive(executor, folder, chunks_of([Double(x=1), *reversed(cells)], 9, "together"))
        assert [alone.rows(cell) for cell in cells] == [together.rows(cell) for cell in cells]
        assert len({alone.rows(cell)[0]["mine"] for cell in cells}) == 6

    def test_classes_of_a_function_travel(self, executor, folder):
        """A class that no other process can import goes by value, with what it uses."""
        factor = 7

        class Scaled(Task):
            x: int

            def execute(self):
                return {"scaled": helper(self.x)}

        def helper(x):
            return x * factor

        cells = [Scaled(x=x).seal() for x in range(4)]
        told = drive(executor, folder, chunks_of(cells, 1))
        assert [told.rows(cell) for cell in cells] == [[{"scaled": 7 * x}] for x in range(4)]

    def test_long_chunks_arrive(self, executor, folder):
        """A chunk may be longer than any pipe holds; several at once, too."""
        cells = [Big(x=x, text=str(x % 10) * 100_000) for x in range(40)]
        told = drive(executor, folder, chunks_of(cells, 10))
        assert {told.rows(cell)[0]["length"] for cell in cells} == {100_000}

    def test_a_chunk_that_was_begun_before_runs_its_other_cells_only(self, executor, folder):
        """A scheduler may begin a chunk again under its key."""
        cells = [Double(x=x).seal() for x in range(5)]
        before = drive(executor, folder, [Chunk("again", cells[:3])])
        after = drive(executor, folder, [Chunk("again", cells)])
        assert len(before.outcomes) == 3
        assert sorted(outcome.id for outcome in after.outcomes) == sorted(cell.id for cell in cells)

    def test_waiting_chunks_can_be_cancelled(self, executor, folder):
        """They are told as lost, and nothing of them runs."""
        cells = [Waits(note=folder / f"note{i}", x=i, for_s=0.5) for i in range(executor.capacity + 4)]
        chunks = chunks_of(cells, 1)
        executor.submit(chunks)
        unwanted = [chunk.key for chunk in chunks[-3:]]
        executor.cancel([*unwanted, "unknown"])
        told = drive(executor, folder, [], told=Told(folder))
        tell(executor, told, lambda told: len(told.over) == len(chunks))
        assert told.lost == dict.fromkeys(unwanted, CANCELLED_WHY)
        assert not any((folder / f"note{i}").exists() for i in range(len(chunks) - 3, len(chunks)))
        assert len(told.outcomes) == len(chunks) - 3


class ContractApart(Contract):
    """Rules of executors whose cells run in other processes, so that they may be killed.

    ``near`` tells whether these are on this machine, so that their numbers mean something; ``ahead``, whether they hold
    chunks that wait, which are lost with them and may be run again.
    """

    near = True
    ahead = False

    def test_running_chunks_can_be_cancelled(self, executor, folder):
        """Their cells end, and others run in their stead."""
        told = Told(folder)
        executor.submit(chunks_of([Waits(note=folder / "note")], 1, "long"))
        tell(executor, told, lambda told: (folder / "note").exists())
        executor.cancel(["long-0000"])
        tell(executor, told, lambda told: told.over)
        assert told.lost == {"long-0000": CANCELLED_WHY}
        if self.near:
            assert not gone(noted(folder / "note"), within_s=5)
        assert len(drive(executor, folder, chunks_of([Double(x=1)], 1)).outcomes) == 1

    @pytest.mark.parametrize(("how", "said"), [("exit", "7"), ("SIGKILL", "9"), ("SIGSEGV", "11")])
    def test_a_cell_that_takes_its_process_with_it_is_lost_and_others_are_not(self, executor, folder, how, said):
        """Who died, and of what, is said; the same chunk can be run again."""
        (deadly,) = chunks_of([Dies(note=folder / "note", how=how)], 1, "deadly")
        others = chunks_of([Waits(note=folder / f"note{x}", x=x, for_s=0.1) for x in range(8)], 1, "other")
        told = drive(executor, folder, [*others[:4], deadly, *others[4:]])
        if self.ahead:
            done = {outcome.id for outcome in told.outcomes}
            left = [chunk for chunk in others if chunk.cells[0].id not in done]
            assert {deadly.key, *(chunk.key for chunk in left)} <= set(told.lost)
            told = drive(executor, folder, [Chunk(f"{chunk.key}-again", chunk.cells) for chunk in left], told=told)
        else:
            assert list(told.lost) == [deadly.key]
        if self.near:
            assert said in told.lost[deadly.key]
        assert len(told.outcomes) == 8
        again = drive(executor, folder, [Chunk("again", deadly.cells)])
        assert again.rows(deadly.cells[0]) == [{"survived": True}]

    def test_results_come_while_a_long_cell_runs(self, executor, folder):
        """What was finished before it is neither late nor lost with it."""
        quick, slow = Double(x=1).seal(), Waits(note=folder / "note").seal()
        executor.submit([Chunk("mixed", [quick, slow], flush_s=0.2)])
        told = Told(folder)
        tell(executor, told, lambda told: "shard" in told.kinds("mixed"))
        assert [outcome.id for outcome in told.outcomes] == [quick.id]
        assert not told.over
        executor.cancel(["mixed"])

    def test_stopping_ends_everyone(self, folder):
        """Also what cells have started; and once is as good as twice."""
        executor = self.make()
        executor.start(folder)
        executor.submit(chunks_of([Waits(note=folder / "note", child=True)], 1))
        tell(executor, Told(folder), lambda _: (folder / "note").exists())
        executor.stop()
        executor.stop()
        if self.near:
            assert not gone(noted(folder / "note"), within_s=5)
