"""Plans that break, plans and traces that are edited: nothing is lost, and nothing stale is shown."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from grid_program import grid, plan_that, table

from simulator.trace.files import read_table, write_table

TRACES = Path(__file__).parents[3] / "traces"
#: Cells that look at traces, and one that does not.
LOOKS = """
from simulator.explore import Recorded, Task, param

class Looks(Task):
    traces: Recorded
    seed: int = param(0, repetition=True)

    def execute(self):
        return {"y": float(self.traces.read().power["average_power"].sum()) + self.seed}

class Else(Task):
    def execute(self):
        return {"y": 1.0}

def explorer(launcher):
    for seed in range(3):
        launcher(Looks(traces="TRACES@v100", seed=seed))
    launcher(Else())
"""
BREAKS = {
    "at once": ("def explorer(launcher):", "def explorer(launcher):\n    raise ValueError('no such day')"),
    "in the middle": ("launcher.bind", "launcher.bind(Tiny)(x=7)\n    1 / 0\n    launcher.bind"),
    "with an exit": ("launcher.bind", "raise SystemExit(0)\n    launcher.bind"),
    "at import": ("import os", "import no_such_module, os"),
    "no Python": ("class Tiny(Task):", "class Tiny(Task:"),
}


@pytest.fixture
def where(tmp_path):
    """A folder with a plan."""
    (tmp_path / "plan.py").write_text(plan_that())
    return tmp_path


@pytest.mark.parametrize("how", list(BREAKS))
def test_a_plan_that_raises_changes_nothing(where, how):
    """The line is named and no traceback shown; the grid is what it was; once corrected, the plan goes on."""
    grid(where, "run", "plan.py", "1:3", "--on", "inline")
    wanted = table(where)
    before = _kept(where / "sweeps")
    text = (where / "plan.py").read_text()
    (where / "plan.py").write_text(text.replace(*BREAKS[how], 1))
    for words in (("run", "plan.py"), ("run", "plan.py", "--dry-run"), ("forecast", "plan.py")):
        assert "plan.py:" in grid(where, *words, code=2)
    assert _kept(where / "sweeps") == before
    assert table(where) == wanted
    (where / "plan.py").write_text(text)
    assert "6 ran now" in grid(where, "run", "plan.py", "--on", "inline")


def _kept(folder):
    """All that a ledger keeps."""
    with closing(sqlite3.connect(f"file:{folder}/ledger.db?mode=ro", uri=True)) as con:
        return list(con.iterdump())


def test_cells_that_an_edited_plan_makes_no_more_are_not_shown_and_come_back(where):
    """Their results are kept: nothing runs again when the plan makes them again."""
    grid(where, "run", "plan.py", "--on", "inline")
    wanted = table(where)
    text = (where / "plan.py").read_text()
    (where / "plan.py").write_text(text.replace("x=range(5)", "x=range(2)"))
    said = grid(where, "run", "plan.py", "--on", "inline")
    assert "6 left out, as the plan makes them no more" in said
    assert "nothing was left" in said
    assert table(where).count(b"x=") == 2
    assert "4" in grid(where, "status")
    (where / "plan.py").write_text(text)
    assert "nothing was left" in grid(where, "run", "plan.py", "--on", "inline")
    assert table(where) == wanted


@pytest.fixture
def looking(tmp_path):
    """A plan whose cells look at traces, which lie beside it, and that was run."""
    shutil.copytree(TRACES, tmp_path / "mine")
    (tmp_path / "plan.py").write_text(LOOKS.replace("TRACES", "mine"))
    assert "4 ran now" in grid(tmp_path, "run", "plan.py", "--on", "inline")
    return tmp_path


def test_an_edited_trace_makes_its_cells_run_again_and_says_why(looking):
    """Even if it is as long as it was, and its time was put back; other cells stay."""
    file = looking / "mine/power_v100.csv"
    old, times = file.read_text(), file.stat()
    before = table(looking)
    file.write_text(old.replace("36.1639", "36.1640", 1))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (times.st_size, times.st_mtime_ns)
    assert "3 cells to be run" in grid(looking, "run", "plan.py", "--dry-run")
    assert "3 ran now" in grid(looking, "run", "plan.py", "--on", "inline")
    assert "traces changed" in grid(looking, "explain", "0")
    assert table(looking) != before
    file.write_text(old)
    assert "nothing was left" in grid(looking, "run", "plan.py", "--on", "inline"), "the old results are still there"
    assert table(looking) == before


@pytest.mark.parametrize("how", ["moved", "copied", "touched", "another form"])
def test_the_same_traces_elsewhere_run_nothing(looking, how):
    """What counts is what is in them."""
    before = json.loads(grid(looking, "explain", "0", "--json"))["id"]
    if how == "touched":
        for file in (looking / "mine").iterdir():
            os.utime(file, (1e9, 1e9))
    elif how == "another form":
        for name in ("train", "power_v100"):
            write_table(read_table(looking / f"mine/{name}.csv"), looking / f"mine/{name}.parquet")
            (looking / f"mine/{name}.csv").unlink()
    else:
        (shutil.move if how == "moved" else shutil.copytree)(looking / "mine", looking / "other")
        (looking / "plan.py").write_text(LOOKS.replace("TRACES", "other"))
    assert "nothing was left" in grid(looking, "run", "plan.py", "--on", "inline")
    assert json.loads(grid(looking, "explain", "0", "--json"))["id"] == before


def test_a_cell_that_is_killed_fails_after_three_times_and_no_other(where):
    """As one does that needs more memory than there is; the reason names the signal."""
    deadly = "self.x == 2 and self.seed == 1 and os.kill(os.getpid(), signal.SIGKILL)"
    (where / "plan.py").write_text(plan_that(deadly))
    said = grid(where, "run", "plan.py", "--workers", 2, code=1)
    assert "9 done, 1 failed" in said
    assert "ended without a result 3 times" in said
    assert "SIGKILL" in said
    assert "memory" in said
    again = grid(where, "run", "plan.py", "--workers", 2, code=1)
    assert "nothing was left" in again
    (where / "plan.py").write_text(plan_that("pass"))
    assert "10 done" in grid(where, "run", "plan.py", "--workers", 2, "--retry")
