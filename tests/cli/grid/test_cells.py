"""``simulator grid explain`` and ``log``: one cell."""

from __future__ import annotations

import json

from small_sweeps import FAILING


def test_a_cell_is_explained(ran, run):
    """Content, state, why it ran, attempts, and where its result lies."""
    ran()
    said = run("grid", "explain", "2").stdout
    for line in (
        "row 2 of plan, one of 4 cells",
        "policy = thrifty",
        "state     done: new",
        "1 done after",
        "1 row in",
    ):
        assert line in said
    plain = json.loads(run("grid", "explain", "2", "--json").stdout)
    assert plain["fields"] == {"policy": "thrifty", "eta": 0.3, "seed": 0}
    assert run("grid", "explain", plain["id"][:6]).stdout == said.replace(", one of 4 cells", "")


def test_two_cells_are_told_apart(ran, run):
    """By the fields in which they differ."""
    ran()
    said = run("grid", "explain", "0", "1").stdout
    assert "eta: 0.3 → 0.7" in said
    assert "policy" not in said.split("\n", 2)[2]
    assert "nothing differs" in run("grid", "explain", "0", "0").stdout


def test_what_a_cell_printed_and_where_it_failed_is_shown(ran, run):
    """Of a failed one with its traceback; the last lines if asked for."""
    ran(FAILING)
    assert run("grid", "log", "0").stdout == "training default 0\n"
    said = run("grid", "log", "eta=0.3_policy=thrifty_seed=3").stdout
    assert said.rstrip().endswith("ValueError: diverged")
    assert "Traceback" in said
    assert run("grid", "log", "eta=0.3_policy=thrifty_seed=3", "--tail", 1).stdout == "ValueError: diverged\n"


def test_paths_of_a_cell_are_listed(ran, run, tmp_path):
    """Those that are there."""
    ran()
    (path,) = run("grid", "log", "0", "--where").stdout.splitlines()
    assert (tmp_path / path).is_file()


def test_a_cell_that_has_not_run_has_no_log(ran, run):
    """Nor has an attempt that was not made."""
    ran(FAILING, "0:2")
    assert "was tried 0 times; it has not run yet" in run("grid", "log", "5").stderr
    assert "was tried 1 time; not --attempt 3" in run("grid", "log", "0", "--attempt", "3").stderr


def test_an_example_can_be_written_and_planned(run):
    """The list says what each is; what is written says what to do next."""
    listed = run("grid", "example").stdout
    assert "readme" in listed
    assert run("grid", "example", "policies").stdout.endswith("Next: simulator grid run policies.py --dry-run\n")
    assert "cells" in run("grid", "run", "policies.py", "--dry-run").stdout
    assert "exists already" in run("grid", "example", "policies").stderr
    assert "did you mean 'readme'" in run("grid", "example", "raedme").stderr
