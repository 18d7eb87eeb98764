"""`simulator compare`: which policy is better."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small_runs import QUICK, json_rows, plain

import simulator
from simulator.compare import Comparison

WORDS = ("compare", *QUICK, "--resamples", "3", "--resample-seeds", "2", "-p", "default+full", "-p", "gts")


@pytest.fixture
def found():
    """The same from the library."""
    traces = simulator.read_traces(gpu="v100")
    (job,) = (job for job in traces.jobs if job.dataset == "squad")
    knobs = {"seeds": range(3), "recurrences": 4, "resamples": 3, "resample_seeds": 2}
    return simulator.compare(job, traces, policies=["default+full", "gts"], **knobs)


def test_a_comparison_says_a_verdict_a_line(run, found):
    """What the library says, labelled, in the measure asked for; files are named on stderr."""
    result = run(*WORDS)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == found.verdicts()
    assert "on squad, v100 (SYNTHETIC traces): " in result.stdout
    assert "Wrote to comparison" in result.stderr
    assert run(*WORDS, "--measure", "energy").stdout.splitlines() == found.verdicts(measure="energy_j")


def test_programs_get_the_differences(run, found):
    """A line for each policy and measure, equal to the library's table."""
    rows = json_rows(run(*WORDS, "--json", "-q"))
    assert [row["measure"] for row in rows] == ["cost", "energy_j", "time_s"]
    assert rows == plain(found.differences)


def test_the_folder_is_the_comparison(run, tmp_path, found):
    """It can be loaded and judged again; other files in it stay."""
    (tmp_path / "comparison").mkdir()
    (tmp_path / "comparison" / "mine.txt").touch()
    assert run(*WORDS, "-q").exit_code == 0
    loaded = Comparison.load(tmp_path / "comparison")
    pd.testing.assert_frame_equal(loaded.differences, found.differences)
    document = json.loads((tmp_path / "comparison" / "comparison.json").read_text())
    left = {file.name for file in (tmp_path / "comparison").iterdir()}
    assert left == {"mine.txt", "comparison.json", *document["files"]}


def test_a_percent_is_a_hundredth(run):
    """--smallest-difference 300 is three times as much; beyond that nothing is a share any more."""
    assert ": equivalent" in run(*WORDS, "--smallest-difference", "90").stdout
    assert "smallest-difference" in run(*WORDS, "--smallest-difference", "300").stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-p", "gts"), "two at least"),
        (("-p", "gts", "-p", "gts"), "two policies are called 'gts'"),
        (("-p", "gts", "-p", "gtss"), "did you mean 'gts'"),
        (("-p", "gts", "-p", "ucb", "--baseline", "grid"), "the baseline 'grid' is not among"),
        (("-p", "gts", "-p", "ucb", "--gpu", "v10"), "did you mean 'v100'"),
        (("-p", "gts", "-p", "ucb", "--eta", "2"), "--eta is 2.0"),
        (("-p", "gts", "-p", "ucb", "--seeds", "0"), "--seeds holds one seed"),
        (("-p", "gts", "-p", "ucb", "--groups", "nowhere"), "--groups nowhere: there is no such file"),
    ],
)
def test_impossible_wishes_are_refused(run, words, message):
    """One message, exit code 2, no traceback."""
    result = run("compare", "-j", "squad", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unusable_folder_is_found_before_the_replays(run, tmp_path, monkeypatch):
    """Nobody waits for what cannot be kept."""
    (tmp_path / "taken").touch()
    monkeypatch.setattr(simulator, "compare", lambda *_, **__: pytest.fail("compared in vain"))
    result = run(*WORDS, "--out", "taken")
    assert result.exit_code == 2
    assert "error: --out taken: " in result.stderr
