"""``simulator grid status``: how far, who, and what failed."""

from __future__ import annotations

import json
import subprocess
import sys

from small_sweeps import FAILING, TRAIN


def test_cells_are_counted_by_state(ran, run):
    """A line for each grid of the folder, under headings."""
    ran(FAILING, "0:4", name="first.py")
    head, *lines = run("grid", "status").stdout.splitlines()
    states = ["pending", "running", "done", "failed", "cancelled", "stopped", "blocked"]
    assert head.split() == ["grid", "cells", "rows", *states]
    assert lines[0].split() == ["first", "24", "6", "8", "0", "14", "2", "0", "0", "0"]
    assert lines[1].startswith("first: failed: 2 eta=0.3_policy=thrifty_seed=3 (")
    assert lines[1].endswith("): ValueError: diverged")


def test_cells_that_two_grids_share_are_counted_in_both(ran, run):
    """What one has run, the other need not."""
    ran(name="first.py")
    assert "nothing was left to be run" in ran(name="second.py").stderr
    _, *lines = run("grid", "status").stdout.splitlines()
    assert [line.split()[:6] for line in lines] == [[name, "24", "6", "0", "0", "24"] for name in ("first", "second")]


def test_cells_of_a_row_that_fail_alike_are_one_line(ran, run):
    """Fifty times the same would hide what else went wrong."""
    result = ran(FAILING.replace("'thrifty', 3)", "'thrifty', 3) or self.policy == 'hasty'"))
    for said in (result.stderr, run("grid", "status").stdout):
        assert said.count("): ValueError: diverged") == 2, "of thrifty, one cell of each row"
        assert "4 eta=0.3_policy=hasty" in said
        assert " and 3 more of its row: ValueError: diverged" in said


def test_programs_read_a_line_a_grid(ran, run):
    """With the failures, and who runs it."""
    ran(FAILING)
    (line,) = run("grid", "status", "plan", "--json").stdout.splitlines()
    said = json.loads(line)
    assert (said["grid"], said["cells"], said["done"], said["failed"], said["run_by"]) == ("plan", 24, 22, 2, None)
    assert [each["error"] for each in said["failures"]] == ["ValueError: diverged"] * 2


def test_a_folder_without_a_sweep_is_exit_code_2(run):
    """With what to do."""
    result = run("grid", "status")
    assert result.exit_code == 2
    assert "sweeps" in result.stderr


def test_a_grid_that_is_not_there_is_answered_with_those_there_are(ran, run):
    """In the words of the command line."""
    ran()
    assert "no grid is called 'plant'; sweeps has plan; did you mean 'plan'?" in run("grid", "status", "plant").stderr


def test_several_grids_ask_for_a_name_by_its_option(ran, run):
    """Python's argument is called as on the command line."""
    ran(name="first.py")
    ran(name="second.py")
    assert "--name" in run("grid", "table").stderr


def test_status_loads_nothing_heavy(ran, tmp_path):
    """It counts, and reads no result: so it answers at once, also about a million cells."""
    ran(TRAIN)
    code = (
        "import sys; from simulator.cli import main\n"
        "heavy = {'pandas', 'numpy', 'pyarrow', 'scipy', 'numba', 'matplotlib', 'rich', 'submitit', 'distributed'}\n"
        "try: main(['grid', 'status'])\n"
        "finally: print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]"
