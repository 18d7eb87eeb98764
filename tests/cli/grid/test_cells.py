"""``simulator grid explain`` and ``log``: one cell."""

from __future__ import annotations

import json

from small_sweeps import FAILING, TRAIN

NESTED = """
from simulator import Job
from simulator.explore import Task, param

class Leaf(Task):
    seed: int = param(0)
    def execute(self):
        return {"x": 1.0}

class Sum(Task):
    job: Job = param()
    of: list[Leaf] = param()
    def execute(self):
        return {"x": 2.0}

def explorer(launcher):
    leaf = launcher(Leaf)
    launcher(Sum, of=[leaf], job=Job("squad", "bert", "adamw", 84.0, 6, default_bs=32))
"""


def test_a_cell_is_explained(ran, run):
    """Content, state, why it ran, attempts, and where its result lies."""
    ran()
    said = run("grid", "explain", "2").stdout
    for line in (
        "row 2 of plan, one of 4 cells",
        "policy = thrifty",
        "state     done\n  reason    new",
        "1 done after",
        "1 row in",
    ):
        assert line in said
    plain = json.loads(run("grid", "explain", "2", "--json").stdout)
    assert plain["fields"] == {"policy": "thrifty", "eta": 0.3, "seed": 0}
    assert run("grid", "explain", plain["id"][:6]).stdout == said.replace(", one of 4 cells", "")


def test_the_first_word_may_name_the_grid(ran, run):
    """As in all other commands, where the folder has several."""
    ran()
    ran(FAILING, name="second.py")
    assert "row 0 of plan" in run("grid", "explain", "plan", "0").stdout
    assert "row 5 of second" in run("grid", "explain", "second.py", "5").stdout
    assert "eta: 0.3 → 0.7" in run("grid", "explain", "second", "0", "1").stdout
    assert run("grid", "log", "second", "0").stdout == "training default 0\n"
    for words in (["explain", "plan", "0", "1", "2"], ["log", "plan", "0", "1"]):
        refused = run("grid", *words)
        assert (refused.exit_code, "cells; name " in refused.stderr) == (2, True)


def test_a_row_of_which_not_all_came_to_the_same_is_told_state_by_state(ran, run):
    """With the reasons: those of a race are asked for by the index of the row."""
    ran(FAILING)
    assert "row       3 done: new\n            1 failed: new\n" in run("grid", "explain", "2").stdout
    ran(TRAIN, "0:2", "--folder", "part")
    run("grid", "cancel", "5", "--yes", "--folder", "part")
    said = run("grid", "explain", "5", "--folder", "part").stdout
    assert "state     cancelled\n  reason    a user asked for it\n" in said


def test_content_is_told_in_the_words_of_tables(ran, run):
    """Jobs, traces and configurations as people call them, not as the JSON that they are kept as."""
    ran(NESTED)
    said = run("grid", "explain", "1").stdout
    assert "job = Job(squad,bert,adamw,84.0,bs32~6)\n" in said
    assert "of = [" in said
    assert '"' not in said


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
    assert run("grid", "example", "policies").stderr == "Next: simulator grid run policies.py --dry-run\n"
    steps = run("grid", "example", "collection").stderr.splitlines()  # this one wants a plan of a collection first
    assert steps == ["Next: simulator collect example", "Next: simulator grid run collection.py --dry-run"]
    assert "cells" in run("grid", "run", "policies.py", "--dry-run").stdout
    assert "exists already" in run("grid", "example", "policies").stderr
    assert "did you mean 'readme'" in run("grid", "example", "raedme").stderr
