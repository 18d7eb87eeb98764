"""What becomes of the cells of a chunk."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import UserDict

import numpy as np
import pytest
from executor_contract import Told
from executor_contract.cells import Double, Draws, Fails, Prints, Together

from simulator.explore.chunk import Chunk
from simulator.explore.config.task import Task
from simulator.explore.work import give_up, run_chunk


def ran(folder, cells, *, key="chunk", flush_s=1.0, **more):
    """Run cells as one chunk."""
    told = Told(folder)
    run_chunk(Chunk(key, [cell.seal() for cell in cells], flush_s=flush_s), folder, told.reports.append, **more)
    return told


def test_each_cell_has_its_time_and_cpu_time(tmp_path):
    """Sleeping takes time and no CPU; computing takes both; so does a child that was waited for."""

    class Sleeps(Task):
        def execute(self):
            time.sleep(0.2)

    class Computes(Task):
        def execute(self):
            until = time.process_time() + 0.2
            while time.process_time() < until:
                pass

    class HasAChild(Task):
        def execute(self):
            import subprocess

            code = "import time\nwhile time.process_time() < 0.2: pass"
            subprocess.run([sys.executable, "-c", code], check=True)

    cells = [Sleeps(), Computes(), HasAChild()]
    before = time.time()
    told = ran(tmp_path, cells)
    sleeps, computes, has_a_child = (told.outcome(cell) for cell in cells)
    assert sleeps.time_s >= 0.2 > 0.15 > sleeps.cpu_s
    assert computes.cpu_s >= 0.2
    assert has_a_child.cpu_s >= 0.2
    assert before <= sleeps.started_s < computes.started_s < has_a_child.started_s <= time.time()


def test_cells_of_one_call_share_its_time(tmp_path):
    """A call may take all its time before its first result; no cell is charged for the others."""
    cells = [Together(group="g", x=x, pause_s=0.1 if x == 0 else 0.0) for x in range(4)]
    told = ran(tmp_path, cells)
    times = {told.outcome(cell).time_s for cell in cells}
    assert len(times) == 1
    assert sum(times) == pytest.approx(0.1 / 4, rel=0.9, abs=0.02)


def test_shards_are_written_while_cells_run(tmp_path):
    """About every `flush_s`; also in the middle of a call for many, and by nobody once the chunk is over."""
    cells = [Together(group="g", x=x, pause_s=0.1) for x in range(8)]
    told = ran(tmp_path, cells, flush_s=0.3)
    assert 2 <= told.kinds("chunk").count("shard") <= 5
    assert len(told.outcomes) == 8
    assert all(outcome.time_s == pytest.approx(0.1, abs=0.09) for outcome in told.outcomes)


@pytest.mark.parametrize(("given", "said"), [(2, "gave 2 results for 3 cells"), (4, "gave more than 3 results")])
def test_a_call_for_many_that_miscounts_is_found_out(tmp_path, given, said):
    """With too few, those without one fail; with too many, nobody knows whose they are."""

    class Miscounts(Together):
        @classmethod
        def execute_many(cls, cells):
            for x in range(given):
                yield {"x": x}

    cells = [Miscounts(group="g", x=x) for x in range(3)]
    outcomes = [ran(tmp_path, cells).outcome(cell) for cell in cells]
    assert [outcome.done for outcome in outcomes] == ([True, True, False] if given == 2 else [False] * 3)
    assert said in outcomes[-1].error


def test_a_call_for_many_may_give_an_error_for_one(tmp_path):
    """Given, not raised, it is the outcome of its cell alone, and the call goes on."""

    class GivesErrors(Together):
        @classmethod
        def execute_many(cls, cells):
            for cell in cells:
                yield ValueError("odd") if cell.x % 2 else {"x": cell.x}

    cells = [GivesErrors(group="g", x=x) for x in range(4)]
    told = ran(tmp_path, cells)
    assert [told.outcome(cell).error for cell in cells] == [None, "ValueError: odd", None, "ValueError: odd"]


def test_a_row_that_is_filled_again_is_the_row_it_was(tmp_path):
    """A task may give the same dictionary for each of its cells."""

    class Refills(Together):
        @classmethod
        def execute_many(cls, cells):
            row = {}
            for cell in cells:
                row["x"] = cell.x
                yield row

    cells = [Refills(group="g", x=x) for x in range(3)]
    told = ran(tmp_path, cells)
    assert [told.rows(cell) for cell in cells] == [[{"x": x}] for x in range(3)]


def test_a_key_that_cannot_be_made_or_used_fails_its_cell(tmp_path):
    """A user's code is behind it, too."""

    class BadKey(Together):
        def batch_key(self):
            return [] if self.x else 1 / 0

    cells = [BadKey(group="g", x=x) for x in range(2)]
    fine = Double(x=1)
    told = ran(tmp_path, [*cells, fine])
    assert told.outcome(cells[0]).error == "ZeroDivisionError: division by zero"
    assert "unhashable" in told.outcome(cells[1]).error
    assert told.outcome(fine).done


def test_what_concerns_all_goes_up_and_what_was_done_is_kept(tmp_path):
    """A scheduler's signal raises in the middle of a cell; that is not the cell's fault, and it runs again."""
    cells = [Double(x=1), Fails(what="SystemExit"), Double(x=2)]
    told = Told(tmp_path)
    chunk = Chunk("chunk", [cell.seal() for cell in cells])
    with pytest.raises(SystemExit):
        run_chunk(chunk, tmp_path, told.reports.append, passes=lambda error: isinstance(error, SystemExit))
    assert told.kinds("chunk") == ["started", "shard"]
    assert [outcome.id for outcome in told.outcomes] == [cells[0].id]
    again = ran(tmp_path, cells)
    assert [again.outcome(cell).done for cell in cells] == [True, False, True]


def test_a_torn_shard_of_an_earlier_try_holds_nothing(tmp_path):
    """Its cells run again, under the same key."""
    cells = [Double(x=x) for x in range(3)]
    (shard,) = [report.shard for report in ran(tmp_path, cells).reports if report.shard]
    shard.write_bytes(shard.read_bytes()[:-20])
    told = ran(tmp_path, cells)
    assert sorted(outcome.id for outcome in told.outcomes) == sorted(cell.id for cell in cells)


def test_output_is_caught_where_the_system_sees_it(tmp_path, capfd):
    """In a process of its own, what children and descriptors write is caught; afterwards they lead where they led."""

    class Writes(Task):
        def execute(self):
            os.write(1, b"by number, ")
            print("by name")  # noqa: T201  # to be caught

    cells = [Writes(), Prints(text="child", by="child"), Double(x=1)]
    told = ran(tmp_path, cells, own_process=True)
    assert [told.outcome(cell).output for cell in cells] == ["by number, by name\n", "child\n", None]
    os.write(1, b"after")
    assert capfd.readouterr() == ("after", "")


def test_a_flood_of_output_takes_no_room(tmp_path):
    """While a cell floods, all but the end is forgotten."""
    sizes = []

    class Floods(Task):
        def execute(self):
            until = time.monotonic() + 1.2
            while time.monotonic() < until:
                os.write(1, b"flood" * 20_000)
                sizes.append(os.fstat(1).st_size)
                time.sleep(0.01)
            os.write(1, b"the end")

    cell = Floods()
    told = ran(tmp_path, [cell], own_process=True)
    assert told.outcome(cell).output.endswith("floodthe end")
    assert len(told.outcome(cell).output) == 65_536
    assert max(sizes) < len(sizes) * 100_000 * 0.7


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_global_generators_do_not_remember_other_cells(tmp_path, size):
    """Nor does the caller notice that they were used."""
    state, numpys = random.getstate(), np.random.get_state()[1].tolist()
    cells = [Draws(x=x) for x in range(5)]
    rows = []
    for i in range(0, 5, size):
        told = ran(tmp_path, cells[i : i + size], key=f"{size}-{i}")
        rows += [told.rows(cell) for cell in cells[i : i + size]]
    assert rows == [ran(tmp_path, [cell], key=f"{size}-alone{cell.x}").rows(cell) for cell in cells]
    assert (random.getstate(), np.random.get_state()[1].tolist()) == (state, numpys)


def test_cells_that_could_not_begin_are_given_up(tmp_path):
    """Each has an outcome that says why."""
    told = Told(tmp_path)
    cells = [Double(x=x).seal() for x in range(3)]
    give_up(Chunk("chunk", cells), tmp_path, "cannot be read", "where", told.reports.append)
    assert [told.outcome(cell)[:3] for cell in cells] == [(cell.id, False, 0) for cell in cells]
    assert {(outcome.error, outcome.traceback) for outcome in told.outcomes} == {("cannot be read", "where")}


def test_a_running_task_cannot_submit(tmp_path):
    """What is to run is known before; and only results of what it depends on can be read."""

    class Submits(Task):
        def execute(self):
            Double(x=1).submit()

    class Peeks(Task):
        def execute(self):
            Double(x=1).result()

    cells = [Submits(), Peeks()]
    told = ran(tmp_path, cells)
    assert "only a plan can submit" in told.outcome(cells[0]).error
    assert "not at hand" in told.outcome(cells[1]).error


def test_a_table_that_is_filled_again_is_kept_as_it_was(tmp_path):
    """A task may use one object for all its cells, whatever kind of result it is."""
    import pandas as pd

    table, row = pd.DataFrame({"x": [0.0]}), UserDict(x=0.0)

    class Fills(Task):
        x: float
        kind: str

        def execute(self):
            table.loc[0, "x"] = row["x"] = self.x
            return {"table": table, "row": row, "rows": (row,)}[self.kind]

    for kind in ("table", "row", "rows"):
        cells = [Fills(x=x, kind=kind) for x in (1.0, 2.0)]
        told = ran(tmp_path, cells, key=kind)
        assert [told.rows(cell) for cell in cells] == [[{"x": 1.0}], [{"x": 2.0}]]


@pytest.mark.parametrize("kind", ["mapping", "list", "number", "repr", "name"])
def test_a_result_that_breaks_when_it_is_looked_at_harms_no_other(tmp_path, kind):
    """It is a user's class, which may do anything."""

    def breaks(*_):
        raise RuntimeError("broken")

    results = {
        "mapping": lambda: type("Rows", (UserDict,), {"__iter__": breaks, "keys": breaks})(x=1),
        "list": type("Rows", (list,), {"__iter__": breaks, "__len__": breaks}),
        "number": lambda: {"x": type("Whole", (int,), {"__int__": breaks})(3)},
        "repr": lambda: {"x": type("Thing", (), {"__repr__": breaks})()},
        "name": lambda: {"\ud800": 1},
    }

    class Breaks(Task):
        def execute(self):
            return results[kind]()

    cells = [Double(x=1), Breaks(), Double(x=2)]
    told = ran(tmp_path, cells)
    assert [told.outcome(cell).done for cell in cells] == [True, False, True]
    assert told.outcome(cells[1]).error.startswith("the result cannot be stored: ")
