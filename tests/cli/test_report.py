"""`simulator report`: where the page goes, and what the command says of it."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def folder(run):
    """A folder with a small table of what moves between GPUs cost."""
    assert run("transfer", "-j", "squad", "--out", "results/transfer", "-q").exit_code == 0
    return "results"


def test_it_writes_a_page_into_the_folder_that_it_is_about(run, folder, tmp_path):
    """Without a word it is about results, and says on stderr what it wrote and what could be added."""
    done = run("report")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "Wrote results/report.html: transfer, failures, manifest" in done.stderr
    assert "verdicts" in done.stderr
    assert "<title>" in (tmp_path / "results" / "report.html").read_text(encoding="utf-8")


def test_programs_learn_what_is_there_and_what_is_missing(run, folder, tmp_path):
    """One line of JSON; nothing on stderr if it is to be quiet."""
    done = run("report", folder, "-o", "elsewhere/page.html", "--title", "Ours & theirs", "--json", "-q")
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["path"] == "elsewhere/page.html"
    assert said["sections"] == ["transfer", "failures", "manifest"]
    assert said["missing"]["sensitivity"].startswith("simulator sensitivity ")
    assert "<h1>Ours &amp; theirs</h1>" in (tmp_path / "elsewhere" / "page.html").read_text(encoding="utf-8")


def test_what_cannot_be_read_is_said_and_the_rest_is_shown(run, folder, tmp_path):
    """A torn document is named on stderr and on the page, even if the command is quiet."""
    (tmp_path / "results" / "front").mkdir()
    (tmp_path / "results" / "front" / "front.json").write_text('{"format": "trace-simulator front 1", ')
    done = run("report", folder, "-q")
    assert done.exit_code == 0
    assert "Not shown: results/front/front.json cannot be read" in done.stderr
    assert "results/front/front.json cannot be read" in (tmp_path / "results" / "report.html").read_text()


@pytest.mark.parametrize("words", [["nowhere"], ["."]])
def test_folders_without_results_are_refused(run, words, tmp_path):
    """Exit code 2, a message that names the commands to run, and no file."""
    done = run("report", *words)
    assert done.exit_code == 2
    assert "simulator " in done.stderr
    assert list(tmp_path.rglob("*.html")) == []
