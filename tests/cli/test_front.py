"""`simulator front`: what is worth choosing."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from small_runs import QUICK, TITLE, check_folder, check_replaces_only_its_own, json_rows, plain

import simulator
from simulator.compare import configurations, eta_front, least_energies, policy_front


@pytest.fixture
def traces():
    """The bundled traces, with one job."""
    traces = simulator.read_traces(gpu="v100")
    return replace(traces, jobs=tuple(job for job in traces.jobs if job.dataset == "squad"))


def test_configurations_on_the_front_are_shown(run, tmp_path, traces):
    """From the fastest on; those off the front stand in the files alone."""
    result = run("front", "-j", "squad")
    lines = result.stdout.splitlines()
    assert lines[0] == TITLE
    found = configurations(traces.table(traces.jobs[0]))
    best = found[found["on_front"]].sort_values("time_s")
    shown = [line.split() for line in lines[4:]][: len(best)]
    assert [row[:2] for row in shown] == best[["batch_size", "power_limit_w"]].astype(str).to_numpy().tolist()
    assert shown[0][-2:] == ["+0.0%", "+0.0%"]
    document, tables = check_folder(tmp_path / "front", "front", "front")
    pd.testing.assert_frame_equal(tables["front"].drop(columns=["job", "gpu"]), found)
    assert document["common"]["traces"]["synthetic"] is True
    assert "front.parquet, front.json" in result.stderr


def test_programs_get_all_configurations(run, traces):
    """A line each, on the front or not, with job and GPU."""
    rows = json_rows(run("front", "-j", "squad", "--json", "-q"))
    expected = plain(configurations(traces.table(traces.jobs[0])))
    assert {(row.pop("job"), row.pop("gpu")) for row in rows} == {(str(traces.jobs[0]), "v100")}
    assert rows == expected


def test_the_least_energy_within_a_slowdown(run, tmp_path, traces):
    """In percent; one row a job and GPU, for people as for programs; a second run without it takes its file away."""
    words = ("front", "--slowdown", "10", "--gpu", "all", "-j", "squad", "-j", "imagenet")
    text = run(*words).stdout
    assert text.startswith("Least energy, at most 10 % slower than the fastest – SYNTHETIC traces")
    assert len([line for line in text.splitlines() if line.startswith(("squad", "imagenet"))]) == 8
    rows = json_rows(run(*words, "--json", "-q"))
    assert len(rows) == 8
    assert all(0 <= row["slowdown"] <= 0.1 for row in rows)
    assert all(isinstance(row["batch_size"], int) for row in rows)
    _, tables = check_folder(tmp_path / "front", "front", "front", "least_energy")
    expected = least_energies(tables["front"], slowdown=0.1)
    pd.testing.assert_frame_equal(tables["least_energy"], expected, check_dtype=False)
    check_replaces_only_its_own(tmp_path / "front", lambda: run("front", "-j", "squad"), "least_energy.parquet")


def test_policies_are_the_librarys(run, traces):
    """All of them are shown, and which are on the front."""
    words = ("front", *QUICK, "-p", "default+full", "-p", "gts", "-p", "random")
    rows = json_rows(run(*words, "--json", "-q"))
    knobs = {"seeds": range(3), "recurrences": 4, "draws": "keyed", "detail": "replays"}
    parts = [
        simulator.replay(traces.jobs[0], traces, policy=policy, power_policy=power, **knobs)
        for policy, power in (("default", "full"), ("gts", "jit"), ("random", "jit"))
    ]
    expected = policy_front(pd.concat(parts, ignore_index=True))
    assert rows == plain(expected)
    text = run(*words).stdout
    for each in expected.to_dict("records"):
        (line,) = (line for line in text.splitlines() if line.startswith(each["policy"] + " "))
        assert line.rstrip().endswith("yes") == each["on_front"]


def test_eta_is_the_librarys(run, traces):
    """Eleven values from time alone to energy alone."""
    rows = json_rows(run("front", *QUICK, "--eta-of", "gts+full", "--json", "-q"))
    expected = eta_front(None, traces, policies=("gts", "full"), seeds=range(3), recurrences=4)
    assert rows == plain(expected)
    assert [row["eta"] for row in rows][:: len(rows) - 1] == [0, 1]
    assert "no other η of the policy" in run("front", *QUICK, "--eta-of", "gts+full").stdout


def test_seeds_that_broke_off_are_counted(run):
    """Those who lost seeds are never on the front, and nothing is chosen from them; where nobody is left, a dash."""
    words = ("front", "-j", "cifar100", "-j", "squad", "--seeds", "0:8", "--eta-of", "gts", "--beta", "1.2")
    text = run(*words).stdout
    assert "/8" in text
    assert "never on the front" in text
    rows = json_rows(run(*words, "--slowdown", "0", "--json", "-q"))
    assert [row["energy_j"] is None for row in rows] == [True, False], "choose a job of which seeds fail at every η"
    least = run(*words, "--slowdown", "0").stdout
    assert any(line.startswith("cifar100") and line.split()[2:4] == ["–", "–"] for line in least.splitlines())


def test_submissions_may_overlap(run):
    """The title says so, in capitals where they are made up."""
    text = run("front", "-j", "squad", "--seeds", "0:2", "--groups", "bundled", "-p", "gts", "-p", "default").stdout
    assert "SYNTHETIC traces, SYNTHETIC submissions that overlap" in text


@pytest.mark.parametrize("width", [64, 80, 120])
def test_every_terminal_shows_the_whole_table(run, monkeypatch, width):
    """No line is longer than the terminal is wide."""
    monkeypatch.setenv("COLUMNS", str(width))
    for more in ((), ("--eta-of", "unimodal-ucb"), ("--slowdown", "5")):
        assert max(map(len, run("front", *QUICK, *more).stdout.splitlines())) <= width


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-p", "gts"), "add another --policy, or --eta-of gts"),
        (("-p", "gts", "-p", "ucb", "--eta-of", "gts"), "--policy and --eta-of ask for two fronts"),
        (("-p", "gts", "-p", "gts"), "two policies are called 'gts'"),
        (("-p", "gts", "-p", "gtss"), "did you mean 'gts'"),
        (("--eta-of", "gtss"), "did you mean 'gts'"),
        (("--gpu", "v10"), "did you mean 'v100'"),
        (("--slowdown", "-1"), "--slowdown"),
        (("-j", "squat"), "did you mean 'squad'"),
    ],
)
def test_impossible_wishes_are_refused(run, tmp_path, words, message):
    """One message, exit code 2, no traceback, and no files."""
    result = run("front", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("front/*"))


def test_ctrl_c_leaves_the_earlier_front_whole(run, tmp_path, monkeypatch):
    """Until all new files are there, nothing happens to the old ones."""
    assert run("front", "-j", "squad").exit_code == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "front").iterdir()}

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(json, "dumps", interrupted)
    result = run("front", "-j", "imagenet")
    assert result.exit_code == 130
    assert {file.name: file.read_bytes() for file in (tmp_path / "front").iterdir()} == before
