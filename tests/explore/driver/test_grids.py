"""A plan is run, edited, and run again: nothing runs twice, and nothing stale is shown."""

from __future__ import annotations

import json
from hashlib import sha256

import pandas as pd
import pytest
from tiny_sweep import cells, results, states, write_plan

from simulator.errors import ConfigError, FailedCellsError, GridError, UnknownCellError
from simulator.explore import preview_grid, run_grid

#: Replaces the plan's function: one cell fails as long as a file is there.
FAILING = """
class Picky(Tiny):
    def execute(self):
        if self.x == 1 and Path({flag!r}).exists():
            raise OSError("the flag is up")
        return super().execute()

def explorer(launcher):
    launcher.bind(Picky)(product(x=range(ROWS), seed=range(SEEDS)))
"""
#: Cells that read a file, whose content is a part of them.
READING = """
from simulator.explore import File
class Reading(Tiny):
    source: File
    def execute(self):
        return {{"y": float(self.source.path.read_text())}}

def explorer(launcher):
    launcher.bind(Reading, source={source!r})(product(x=range(2)))
"""


@pytest.fixture
def plan(tmp_path):
    """A plan of 4 rows and 3 seeds."""
    return write_plan(tmp_path / "plan.py")


def test_what_is_recorded_does_not_depend_on_who_runs_it(plan, tmp_path):
    """Inline, or by one or three processes: the same table, to the bit."""
    run_grid(plan, folder=tmp_path / "inline", executor="inline")
    expected = results(tmp_path / "inline")
    assert list(expected["text"][:4]) == ["0-0", "0-1", "0-2", "1-0"]
    for workers in (1, 3):
        run_grid(plan, folder=tmp_path / f"{workers}", workers=workers)
        pd.testing.assert_frame_equal(results(tmp_path / f"{workers}"), expected, check_exact=True)
        assert list(states(tmp_path / f"{workers}")) == list(states(tmp_path / "inline"))


def test_a_second_run_runs_nothing(plan, folder):
    """Not even workers are started; the run says that nothing was new."""
    first, second = (run_grid(plan, folder=folder, executor="inline") for _ in range(2))
    assert (first.new, first.snapshot.ran, second.new, second.snapshot.ran) == (12, 12, 0, 0)
    assert second.snapshot.forecast.cells == 0
    assert {cell.attempts for cell in cells(folder)} == {1}


def test_cells_that_an_edited_plan_does_not_make_are_unlinked_and_their_results_stay(plan, folder):
    """They come back without being run when the plan makes them again."""
    run_grid(plan, folder=folder, executor="inline")
    before = results(folder)
    run = run_grid(write_plan(plan, rows=2), folder=folder, executor="inline")
    assert (run.counts.total, run.unlinked, run.snapshot.ran) == (6, 6, 0)
    assert len(states(folder)) == 6
    run = run_grid(write_plan(plan, rows=5), folder=folder, executor="inline")
    assert (run.counts.total, run.new, run.snapshot.ran) == (15, 3, 3)
    pd.testing.assert_frame_equal(results(folder)[:12], before, check_exact=True)


def test_a_plan_that_raises_changes_nothing(plan, folder):
    """Neither the ledger, nor is a folder made."""
    bad = write_plan(plan.with_name("bad.py"), after="    raise ValueError('half way')\n")
    with pytest.raises(GridError, match="half way"):
        run_grid(bad, folder=folder, executor="inline", name="plan")
    assert not folder.exists()
    run_grid(plan, folder=folder, executor="inline")
    before = states(folder)
    with pytest.raises(GridError, match="half way"):
        run_grid(bad, folder=folder, executor="inline", name="plan")
    assert states(folder) == before


def test_a_preview_says_what_would_change_and_changes_nothing(plan, folder):
    """New, known, unlinked and how long; there is no basis before anything has run."""
    seen = preview_grid(plan, folder=folder)
    assert not folder.exists()
    assert (seen.cells, seen.new, seen.known, seen.unlinked) == (12, 12, 0, 0)
    assert seen.forecast.seconds is None
    assert "no basis yet" in seen.forecast.basis
    run_grid(plan, folder=folder, executor="inline")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.p*")}
    seen = preview_grid(write_plan(plan, rows=6, seeds=2), folder=folder, workers=2)
    assert (seen.cells, seen.new, seen.known, seen.unlinked) == (12, 4, 8, 4)
    assert seen.forecast.cells == 4
    assert seen.forecast.seconds > 0
    assert "past cells of plan.Tiny" in seen.forecast.basis
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.p*")} == before


def test_an_edited_file_makes_its_cells_run_again_and_says_why(plan, folder, tmp_path):
    """A file is what is in it; a copy elsewhere is the same file."""
    source = tmp_path / "number.txt"
    source.write_text("1")
    write_plan(plan, after=READING.format(source=str(source)))
    run_grid(plan, folder=folder, executor="inline")
    source.write_text("2.5")
    run = run_grid(plan, folder=folder, executor="inline")
    assert (run.new, run.unlinked, run.snapshot.ran) == (2, 2, 2)
    assert set(results(folder)["y"]) == {2.5}
    assert all(cell.reason.startswith(f"source changed: {source}") for cell in cells(folder))
    copy = source.rename(tmp_path / "moved.txt")
    write_plan(plan, after=READING.format(source=str(copy)))
    assert run_grid(plan, folder=folder, executor="inline").snapshot.ran == 0


@pytest.mark.parametrize("executor", ["inline", "pool"])
def test_failed_cells_stay_failed_until_a_retry_is_asked_for(plan, folder, tmp_path, executor):
    """One that fails stops no other; the error names it, and the exception knows the run."""
    flag = tmp_path / "flag"
    flag.touch()
    write_plan(plan, after=FAILING.format(flag=str(flag)))
    with pytest.raises(FailedCellsError, match="3 of 12 cells failed") as caught:
        run_grid(plan, folder=folder, executor=executor)
    assert "OSError: the flag is up" in str(caught.value)
    assert (caught.value.run.counts.done, caught.value.run.counts.failed) == (9, 3)
    assert len(caught.value.run.snapshot.failures) == 3
    flag.unlink()
    assert run_grid(plan, folder=folder, executor=executor, on_failure="keep").snapshot.ran == 0
    run = run_grid(plan, folder=folder, executor=executor, retry=["1"], on_failure="keep")
    assert (run.counts.done, run.snapshot.ran) == (12, 3)
    with pytest.raises(UnknownCellError):
        run_grid(plan, folder=folder, executor=executor, retry=["no such cell"])


def test_patterns_choose_what_runs_now(plan, folder):
    """The others wait for another time."""
    run = run_grid(plan, folder=folder, executor="inline", only=["2"])
    assert (run.counts.done, run.counts.pending) == (3, 9)
    assert [cell.row for cell in cells(folder) if cell.state == "done"] == [2, 2, 2]
    assert run_grid(plan, folder=folder, executor="inline").snapshot.ran == 9


def test_grids_that_share_a_folder_share_results(plan, folder):
    """Under another name the same cells are known."""
    run_grid(plan, folder=folder, executor="inline")
    run = run_grid(plan, folder=folder, executor="inline", name="other")
    assert (run.counts.done, run.new, run.snapshot.ran) == (12, 0, 0)
    run_grid(write_plan(plan, rows=1), folder=folder, executor="inline")
    assert len(states(folder, "other")) == 12


def test_the_folder_explains_itself(plan, folder):
    """The plan as it was, its digest, versions, the command, what it cost, and what lies where."""
    run = run_grid(plan, folder=folder, executor="inline")
    where = folder / "grids" / "plan"
    source = plan.read_text()
    assert (where / "plan.py").read_text() == source
    manifest = json.loads((where / "manifest.json").read_text())
    assert manifest["plan_sha256"] == sha256(source.encode()).hexdigest()
    assert manifest["cells"]["done"] == 12
    (told,) = manifest["runs"]
    assert told["executor"] == "inline"
    assert told["ran"] == 12
    assert told["cpu_s"] == pytest.approx(run.snapshot.cpu_s, rel=0.5)
    assert told["versions"]["pandas"] == pd.__version__
    assert told["command"]
    assert "ledger.db" in (folder / "README.txt").read_text()


def test_a_run_that_has_nothing_to_do_leaves_the_account_of_those_before(plan, folder):
    """What a sweep took can be read for as long as its results."""
    run_grid(plan, folder=folder, executor="inline", only=["2"])
    run_grid(plan, folder=folder, executor="inline")
    path = folder / "grids" / "plan" / "manifest.json"
    before = path.read_text()
    assert [run["ran"] for run in json.loads(before)["runs"]] == [3, 9]
    run_grid(plan, folder=folder, executor="inline")
    assert path.read_text() == before


def test_progress_is_told_until_the_end(plan, folder):
    """The last snapshot has everything done."""
    told = []
    run_grid(plan, folder=folder, executor="inline", progress=told.append)
    assert told[-1].counts.done == told[-1].ran == 12
    assert told[-1].rate_per_s > 0
    assert told[-1].cpu_s > 0
    with pytest.raises(ConfigError, match="on_failure"):
        run_grid(plan, folder=folder, on_failure="shrug")


def test_a_preview_knows_how_many_cores_there_are(plan, folder):
    """Also where cells like these have run before, so that there is something to divide."""
    run_grid(plan, folder=folder, executor="inline")
    seen = preview_grid(write_plan(plan, rows=6, seeds=2), folder=folder, workers=None)
    assert "at a time" in seen.forecast.basis
