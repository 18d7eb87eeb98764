"""``simulator grid run``: cells are run once, and what fails is said."""

from __future__ import annotations

import json
import re
import signal
import time

import pytest
from small_sweeps import FAILING, HISTORIES, TRAIN


def test_a_plan_is_run_and_its_table_shown(ran):
    """One line a row, with the data's origin, and counts on stderr."""
    result = ran()
    assert result.exit_code == 0
    assert "SYNTHETIC traces" in result.stdout.splitlines()[0]
    lines = [line for line in result.stdout.splitlines() if line.strip().startswith(tuple("012345"))]
    assert len(lines) == 6
    assert "thrifty" in lines[2]
    assert "plan: 24 done; 24 ran now, 24 new" in result.stderr
    assert "CPU time" in result.stderr


def test_run_needs_not_be_said(run, plan):
    """As for a collection, the plan is enough."""
    assert run("grid", plan(), "--on", "inline").exit_code == 0


def test_nothing_runs_twice(ran):
    """The second time there is nothing to do, and the table is the same."""
    first, second = ran(), ran()
    assert "nothing was left to be run" in second.stderr
    assert "CPU time" not in second.stderr, "what took nothing is not worth a line"
    assert second.stdout == first.stdout


def test_what_the_sweep_takes_is_said_beside_what_it_simulates(ran):
    """Of all results, if some were there already; of none, where nothing was simulated."""
    assert re.search(r"The sweep itself took .* of CPU time.*, to simulate .*J\.", ran(TRAIN, "0:2").stderr)
    assert re.search(r"of CPU time.*; all 24 results together simulate 27\.6.kJ\.", ran().stderr)
    assert "simulate" not in ran(HISTORIES, name="other.py").stderr


def test_an_interrupted_run_says_what_is_done_and_how_to_go_on(start, plan, tmp_path):
    """Beside the exit code of Ctrl-C."""
    plan("import time\n" + TRAIN.replace("        share =", "        time.sleep(1.5 * self.seed)\n        share ="))
    process = start("grid", "run", "plan.py", "--workers", "2")
    database = tmp_path / "sweeps" / "shards"
    until = time.monotonic() + 60
    while not (database.is_dir() and any(database.glob("*.parquet"))):
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(r"plan: \d+ pending, \d+ done; the same command goes on from here", err)


def test_a_failed_cell_is_exit_code_1_and_its_first_error_line(ran):
    """The others have run, and the table is shown."""
    result = ran(FAILING)
    assert result.exit_code == 1
    assert "22 done, 2 failed" in result.stderr
    assert "ValueError: diverged" in result.stderr
    assert "3/4, 1 failed" in result.stdout
    again = ran(FAILING)
    assert again.exit_code == 1, "a failure that nobody mended is still one"
    assert "nothing was left to be run" in again.stderr


def test_failed_cells_run_again_when_asked_to(ran):
    """In one command; what is done stays."""
    ran(FAILING)
    assert "2 ran now" in ran(FAILING, "--retry").stderr


def test_a_dry_run_changes_nothing(run, plan, tmp_path):
    """It says how many cells there are, and leaves no folder."""
    result = run("grid", "run", plan(), "--dry-run")
    assert result.exit_code == 0
    assert "24 cells, all of them new" in result.stdout
    assert not (tmp_path / "sweeps").exists()
    said = json.loads(run("grid", "forecast", "plan.py", "--json").stdout)
    assert (said["cells"], said["new"], said["forecast"]["cells"]) == (24, 24, 24)


def test_what_is_left_is_forecast_from_what_has_run(ran, run):
    """With as many workers as there are cores, unless somebody says how many."""
    ran(TRAIN, "0:2")
    for words in (["run", "--dry-run"], ["forecast"]):
        result = run("grid", words[0], "plan.py", *words[1:])
        assert (result.exit_code, "16 cells to be run: " in result.stdout) == (0, True), result.output


def test_patterns_choose_what_is_run(ran):
    """The others wait."""
    result = ran(TRAIN, "0:2", "hasty")
    assert "8 pending, 16 done" in result.stderr


def test_rows_for_programs_are_json_lines(ran):
    """Each says whether its data are synthetic."""
    rows = [json.loads(line) for line in ran(TRAIN, "--json", "--quiet").stdout.splitlines()]
    assert [row["index"] for row in rows] == list(range(6))
    assert all(row["synthetic"] is True and row["n"] == 4 for row in rows)


def test_a_baseline_is_compared_with(ran):
    """Seed by seed; the caption says so."""
    result = ran(TRAIN, "--baseline", "policy=default")
    assert "-50.0 (-50.0 to -50.0)" in result.stdout
    assert "paired by seed" in result.stdout
    assert ran(TRAIN, "--baseline", "default").exit_code == 2


def test_hooks_of_the_plan_make_its_table(ran):
    """With grouped columns."""
    lines = ran(HISTORIES).stdout.splitlines()
    assert lines[1].strip(" ─") == "test"
    assert lines[2].split() == ["index", "name", "state", "sig", "epoch", "loss", "what"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def explorer(launcher):\n    1 / 0\n", "ZeroDivisionError"),
        ("def explorer(launcher:\n", "SyntaxError"),
        ("x = 1\n", "explorer"),
    ],
)
def test_a_plan_that_cannot_be_used_is_exit_code_2_and_one_message(ran, text, said):
    """With the file, and no traceback of ours."""
    result = ran(text)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "plan.py" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_plan_that_is_not_there_is_named(run):
    """And an executor that is not there, too."""
    assert "nowhere.py" in run("grid", "run", "nowhere.py").stderr
    assert "'pol' is not one of" in run("grid", "run", "nowhere.py", "--on", "pol").stderr


def test_on_processes_of_its_own_it_leaves_the_same_table(start, plan, run, tmp_path):
    """Run by the real program, on two workers, into files that are equal to the byte."""
    plan()
    process = start("grid", "run", "plan.py", "--workers", "2", "--folder", "pool", "-q")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "SYNTHETIC" in out
    run("grid", "run", "plan.py", "--on", "inline", "--folder", "inline")
    for name in ("t.csv", "t.parquet", "t.tex", "t.html"):
        for folder in ("pool", "inline"):
            assert run("grid", "export", f"{folder}-{name}", "--folder", folder).exit_code == 0
        assert (tmp_path / f"pool-{name}").read_bytes() == (tmp_path / f"inline-{name}").read_bytes()
