"""Pictures in files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from simulator.job import Job
from simulator.plot import draw_job, save_plots

JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
OTHER = replace(JOB, dataset="cifar")

PNG_END = b"IEND\xaeB`\x82"


@pytest.fixture
def two_jobs(make_runs, make_table):
    """Two jobs; the second was replayed under one policy only."""
    return make_table(make_runs(1, 2), make_runs(1, 1, policy="gts"), make_runs(3, 2, policy="gts", job=OTHER))


def test_a_whole_picture_for_each_job(two_jobs, tmp_path):
    """Named after job and GPU, in the order of the table."""
    calls = []
    files = save_plots(two_jobs, tmp_path / "new", progress=lambda *done: calls.append(done))
    assert [file.name for file in files] == [
        "squad-bert-adamw-84.0-bs32-6-v100.png",
        "cifar-bert-adamw-84.0-bs32-6-v100.png",
    ]
    assert all(file.read_bytes().endswith(PNG_END) for file in files)
    assert calls == [(1, 2), (2, 2)]


def test_a_failed_write_leaves_nothing(two_jobs, tmp_path, monkeypatch):
    """A disk that fills up while a picture is written costs that picture, not an older one's content."""

    def half(self, file, **_):
        file.write_bytes(b"half a picture")
        raise OSError(28, "No space left on device")

    (old,) = save_plots(two_jobs[two_jobs["job"] == str(JOB)], tmp_path)
    before = old.read_bytes()
    monkeypatch.setattr(Figure, "savefig", half)
    with pytest.raises(OSError, match="No space left"):
        save_plots(two_jobs, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [old.name]
    assert old.read_bytes() == before


def test_a_policy_looks_the_same_in_every_picture(two_jobs):
    """The second job lacks the first policy; the other one keeps its look."""
    looks = []
    for job in (JOB, OTHER):
        figure = draw_job(two_jobs[two_jobs["job"] == str(job)], policies=["default+full", "gts"])
        (line,) = (line for line in figure.axes[0].lines if line.get_label() == "gts")
        looks.append((line.get_color(), line.get_marker(), line.get_linestyle()))
    assert looks[0] == looks[1]


def test_no_picture_of_nothing(make_runs, make_table, tmp_path):
    """A job of which no replay went through would be four empty panels."""
    failed = [{"policy": "default+full", "job": str(JOB), "gpu": "v100", "seed": 0, "error": "x"}]
    assert save_plots(make_table(make_runs(1), failures=failed), tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_one_figure_has_all_panels_and_one_legend(two_policies):
    """Energy, time, batch size and the plane, under a title that says what is shown."""
    two_policies.attrs["manifest"]["traces"]["synthetic"] = True
    figure = draw_job(two_policies)
    assert [ax.get_ylabel().split(" [")[0] for ax in figure.axes] == [
        "energy per recurrence",
        "time per recurrence",
        "batch size chosen",
        "mean energy per recurrence",
    ]
    assert "SYNTHETIC" in figure.get_suptitle()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["default+full", "thrifty"]


def test_the_first_policies_are_lines_and_all_are_in_the_plane(two_policies):
    """A policy without a line keeps its look and its place in the legend, and a note names it."""
    figure = draw_job(two_policies, policies=["thrifty", "default+full"], lines=1)
    assert [[line.get_label() for line in ax.lines] for ax in figure.axes[:3]] == [["thrifty"]] * 3
    assert [container.get_label() for container in figure.axes[3].containers] == ["thrifty", "default+full"]
    assert figure.get_supxlabel() == "Without a line, only in the plane: default+full."
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["thrifty", "default+full"]


def test_groups_that_are_drawn_as_one_are_named(make_runs, make_table):
    """One figure a job, whatever its groups; which they are stands below."""
    figure = draw_job(make_table(*(make_runs(1, 2, group=f"g{i}") for i in range(7))))
    assert figure.get_supxlabel() == "7 groups drawn as one: g0, g1, g2, g3, g4 and 2 more."
    assert "submissions that overlap" in figure.get_suptitle()
