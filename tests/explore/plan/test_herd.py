"""The cells of a grid."""

from __future__ import annotations

import pytest

from simulator.errors import ConfigError, GridError
from simulator.explore import File, Launcher, Settings, Task, param, product, tag


class Cell(Task):
    """A cell to plan with."""

    eta: float = 0.5
    file: File | None = None
    seed: int = param(0, repetition=True)


@pytest.fixture
def launcher() -> Launcher:
    """One that makes cells."""
    return Launcher(task=Cell)


def test_a_herd_is_ordered_and_has_no_cell_twice(launcher):
    """The first one stays, with its place and its settings; the others are counted."""
    first = launcher(eta=0.1)
    launcher(eta=0.2)
    again = launcher.slurm(mem_gb=8)(eta=tag(0.1))
    herd = launcher.herd
    assert again is first
    assert [task.eta for task in herd.tasks] == [0.1, 0.2]
    assert herd.ids() == [task.id for task in herd.tasks]
    assert herd.n_duplicates == 1
    assert herd[first.id].settings == Settings()
    assert (len(herd), first.id in herd, "none" in herd) == (2, True, False)
    assert [entry.task for entry in herd] == herd.tasks


def test_the_same_object_twice_is_a_duplicate_too(launcher):
    """It was scheduled twice, whichever way."""
    task = launcher(eta=0.1)
    launcher(task)
    assert (len(launcher.herd), launcher.herd.n_duplicates) == (1, 1)


def test_cells_are_parted_by_what_may_run_together(launcher):
    """By settings and job array, in the order of their first cells."""
    a, b = launcher(seed=0), launcher.slurm(mem_gb=8)(seed=1)
    with launcher.job_array():
        c = launcher(seed=2)
    d = launcher.slurm(mem_gb=None)(seed=3)
    assert launcher.herd[a.id].settings is launcher.herd[d.id].settings
    assert launcher.herd.groups() == {
        (Settings(), None): [a.id, d.id],
        (Settings(mem_gb=8), None): [b.id],
        (Settings(), 0): [c.id],
    }


def test_a_cell_that_has_no_id_is_said(launcher, tmp_path):
    """One error, with the number of the cell, the file, and the cause."""
    (tmp_path / "there").write_text("x")
    with pytest.raises(GridError, match=r"cell 1 of the plan, a Cell, .*gone cannot be") as caught:
        launcher(product(file=[File(tmp_path / "there"), File(tmp_path / "gone")]))
    assert isinstance(caught.value.__cause__, ConfigError)
    assert len(launcher.herd) == 1


class Reader(Task):
    """A task with content that may be given by name."""

    file: File
    other: str | File = ""
    more: File | None = None
    seed: int = param(0, repetition=True)


def test_cells_that_name_a_file_share_it(tmp_path, monkeypatch):
    """It is looked at once for all cells of a plan, which mean the same content even if it is edited meanwhile."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("one")
    launcher = Launcher(task=Reader).bind(file="a")
    first = launcher(seed=0)
    (tmp_path / "a").write_text("other")
    second = launcher(seed=1)
    tagged = launcher(file=tag(tmp_path / "a"), seed=2)
    assert first.file is second.file
    assert first.row_id == second.row_id != tagged.row_id
    assert (tagged.tagged, tagged.file.digest) == (("file",), File("a").digest)
    assert Launcher(task=Reader)(file="a").file.digest == tagged.file.digest


def test_a_text_stays_a_text_where_both_may_be(tmp_path, monkeypatch):
    """What a name means is up to its field, and to the folder that is current."""
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text(folder)
    launcher = Launcher(task=Reader)
    monkeypatch.chdir(tmp_path / "x")
    in_x = launcher(file="a", other="a", more="a")
    monkeypatch.chdir(tmp_path / "y")
    in_y = launcher(file="a", other="a")
    assert (in_x.other, in_x.more.path, in_x.file.path) == ("a", tmp_path / "x" / "a", tmp_path / "x" / "a")
    assert in_y.file.path == tmp_path / "y" / "a"
    assert in_y.more is None
    with pytest.raises(ConfigError, match="file is 3"):
        launcher(file=3)
