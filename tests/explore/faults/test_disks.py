"""Disks that are full or cannot be written: it is said, nothing is lost, and the same command goes on."""

from __future__ import annotations

import pytest
from grid_program import PLAN, fill, grid, plan_that, read_only, small_disk, table

#: Sixty cells with results of 40 kB each that no compression makes smaller.
LARGE = PLAN.replace(
    'return {"y": self.x / 7 + self.seed}', "import random; return [{'y': random.random()} for _ in range(5000)]"
)
LARGE = LARGE.replace("x=range(5)", "x=range(30)").replace("DO", "time.sleep(0.01)")


@pytest.fixture(scope="module")
def roomy(tmp_path_factory):
    """The table of a run that has all the room it wants."""
    where = tmp_path_factory.mktemp("roomy")
    (where / "plan.py").write_text(LARGE)
    grid(where, "run", "plan.py", "--workers", 2)
    return table(where)


@pytest.mark.parametrize("kib", [0, 40, 100, 160, 240, 400, 1200])
def test_a_disk_that_fills_up_at_any_time_is_said_and_the_run_goes_on(tmp_path, roomy, kib):
    """While the folder is made, the ledger, the plan is kept, or shards are written."""
    (tmp_path / "plan.py").write_text(LARGE)
    words = ("run", "plan.py", "--workers", 2, "--folder", "disk/grids")
    with small_disk(tmp_path / "disk", max(kib, 4)) as grow:
        if not kib:
            fill(tmp_path / "disk")
        said = grid(tmp_path, *words, code=2)
        assert "full" in said or "No space left" in said
        assert "run" in said.rpartition(":")[2], "it says what to do"
        grow(20_000)
        assert "60 done" in grid(tmp_path, *words)
        assert table(tmp_path, "disk/grids") == roomy
        assert not list((tmp_path / "disk/grids").rglob(".*"))


def test_a_full_disk_at_the_end_of_a_run_is_said_and_the_run_can_be_ended_again(tmp_path):
    """All cells have a result; what is written last has no room."""
    (tmp_path / "plan.py").write_text(plan_that())
    words = ("run", "plan.py", "--workers", 2, "--folder", "disk/grids")
    with small_disk(tmp_path / "disk", 4000):
        grid(tmp_path, *words)
        wanted = table(tmp_path, "disk/grids")
        (tmp_path / "disk/grids/grids/plan/manifest.json").unlink()
        ballast = fill(tmp_path / "disk")
        said = grid(tmp_path, *words, code=2)
        assert "full" in said or "No space left" in said
        assert "10" in grid(tmp_path, "status", "--folder", "disk/grids")
        ballast.unlink()
        grid(tmp_path, *words)
        assert table(tmp_path, "disk/grids") == wanted


@pytest.mark.parametrize("name", ["table.csv", "table.parquet", "table.tex", "table.html"])
def test_an_export_without_room_leaves_the_old_file(tmp_path, name):
    """Whole, to the byte, and nothing beside it."""
    (tmp_path / "plan.py").write_text(plan_that())
    grid(tmp_path, "run", "plan.py", "--on", "inline")
    with small_disk(tmp_path / "disk", 600):
        grid(tmp_path, "export", f"disk/{name}", "3:5")
        before = (tmp_path / "disk" / name).read_bytes()
        ballast = fill(tmp_path / "disk")
        said = grid(tmp_path, "export", f"disk/{name}", code=2)
        assert "No space left" in said
        assert name in said
        assert (tmp_path / "disk" / name).read_bytes() == before
        assert {file.name for file in (tmp_path / "disk").iterdir()} == {name, "ballast"}
        ballast.unlink()
        grid(tmp_path, "export", f"disk/{name}")
        assert (tmp_path / "disk" / name).read_bytes() != before


def test_a_folder_that_cannot_be_written_is_read_and_not_run(tmp_path):
    """Status, table, explanations and exports to elsewhere need no right to write."""
    (tmp_path / "plan.py").write_text(plan_that())
    grid(tmp_path, "run", "plan.py", "--on", "inline")
    wanted = table(tmp_path)
    with read_only(tmp_path / "sweeps"):
        said = grid(tmp_path, "run", "plan.py", code=2)
        assert "sweeps" in said
        assert "choose another folder" in said
        assert "10" in grid(tmp_path, "status")
        assert "1.1 ± 6.4" in grid(tmp_path, "table")
        grid(tmp_path, "explain", "0")
        assert "Nothing is left" in grid(tmp_path, "run", "plan.py", "--dry-run")
        assert table(tmp_path) == wanted
        assert "cannot" in grid(tmp_path, "clear", "--yes", code=2)
    assert "nothing was left" in grid(tmp_path, "run", "plan.py")


def test_a_place_where_no_folder_can_be_made_is_said(tmp_path):
    """Nothing is run."""
    (tmp_path / "plan.py").write_text(plan_that())
    (tmp_path / "closed").mkdir()
    with read_only(tmp_path / "closed"):
        said = grid(tmp_path, "run", "plan.py", "--folder", "closed/grids", code=2)
    assert "closed/grids" in said
    assert "choose another folder" in said
