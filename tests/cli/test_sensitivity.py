"""`simulator sensitivity`: one knob at a time."""

from __future__ import annotations

import math

import pytest
from small_runs import QUICK, TITLE, check_folder, json_rows, plain

import simulator
from simulator.cli.cells import change
from simulator.compare import sensitivity
from simulator.job import Job

WORDS = (
    "sensitivity",
    *QUICK,
    "-p",
    "gts",
    "-p",
    "default+full",
    "--knob",
    "beta=1.5,inf",
    "--knob",
    "default-bs=8,16",
)


@pytest.fixture
def found():
    """The same from the library."""
    traces = simulator.read_traces(gpu="v100")
    (job,) = (job for job in traces.jobs if job.dataset == "squad")
    grids = {"beta": [1.5, math.inf], "default_bs": [8, 16]}
    return sensitivity(
        job, traces, policies=["gts", "default+full"], grids=grids, seeds=range(3), recurrences=4, confidence=0.9
    )


def test_policies_stand_side_by_side(run, found):
    """A row a value, under the job's title; infinity has its sign; the legend says where the other knobs stand."""
    result = run(*WORDS, "--confidence", "0.9")
    assert result.exit_code == 0, result.stderr
    title, _, heading, _, *rows = result.stdout.splitlines()
    assert title == TITLE
    assert heading.split()[:4] == ["knob", "value", "regret", "energy"]
    assert [row.split()[-7] for row in rows[:4]] == ["1.5", "∞", "8", "16"]
    regrets = found.set_index(["policy", "knob", "value"])["regret_pct"]
    assert f" {change(regrets['gts', 'default_bs', 8])} " in rows[2]
    assert f" {change(regrets['default+full', 'default_bs', 8])} " in rows[2]
    assert "η = 0.5, β = 2, all rewards count" in result.stdout


def test_programs_get_the_table(run, found):
    """Every row and digit; infinity is a word, as JSON has none."""
    rows = json_rows(run(*WORDS, "--confidence", "0.9", "--json", "-q"))
    assert rows == plain(found)
    assert [row["value"] for row in rows[:2]] == [1.5, "inf"]


def test_the_folder_explains_itself(run, tmp_path, found):
    """The table in both formats, and what was asked for."""
    assert run(*WORDS, "--confidence", "0.9", "-q").exit_code == 0
    document, tables = check_folder(tmp_path / "sensitivity", "sensitivity", "sensitivity")
    assert tables["sensitivity"]["value"].tolist() == found["value"].tolist()
    assert document["options"]["grids"] == {"beta": [1.5, "inf"], "default_bs": [8.0, 16.0]}
    assert document["options"]["confidence"] == 0.9
    assert Job(**next(iter(document["jobs"].values()))).dataset == "squad"


def test_all_knobs_are_turned_unless_some_are_named(run):
    """A knob without values has those of the library; windows are turned for those who have one."""
    rows = json_rows(run("sensitivity", *QUICK, "-p", "default", "--json", "-q"))
    assert [*dict.fromkeys(row["knob"] for row in rows)] == ["eta", "beta", "default_bs"]
    rows = json_rows(run("sensitivity", *QUICK, "-p", "pruning-gts", "--knob", "window", "--json", "-q"))
    assert [row["value"] for row in rows] == [0, 5, 10, 20, 40]


@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_narrow_terminal_keeps_the_regret(run, monkeypatch, width):
    """Times go first, of all policies together, then energies."""
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run(*WORDS, "-p", "unimodal-ucb").stdout.splitlines()
    assert max(map(len, lines)) <= width
    (heading,) = (line for line in lines if line.startswith("knob "))
    assert heading.count("regret") == 3
    assert heading.count("time") in (0, 3)
    assert heading.count("energy") in (0, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "missing option --policy"),
        (("-p", "gtss"), "did you mean 'gts'"),
        (("-p", "gts", "-p", "gts"), "two policies are called 'gts'"),
        (("-p", "gts", "--knob", "gamma"), "there is no knob 'gamma'; knobs are eta, beta"),
        (("-p", "gts", "--knob", "beta=x"), "'beta=x' is no knob with numbers; write beta"),
        (("-p", "gts", "--knob", "default-bs=9"), "default_bs is 9, but Job(squad"),
        (("-p", "default", "--knob", "window"), "none of default has a window"),
        (("-p", "gts", "--seeds", "0"), "--seeds holds one seed"),
        (("-p", "gts", "--gpu", "v10"), "did you mean 'v100'"),
    ],
)
def test_impossible_wishes_are_refused(run, words, message):
    """One message, exit code 2, no traceback."""
    result = run("sensitivity", "-j", "squad", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
