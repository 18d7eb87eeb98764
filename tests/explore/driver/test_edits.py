"""Results of a class that was edited since are never shown without a word."""

from __future__ import annotations

import logging

import pytest

from simulator.explore import Ledger, preview_grid, read_table, run_grid

PLAN = """
from simulator.explore import Task

FACTOR = 2

def scaled(x):
    return x * FACTOR

class Train(Task):
    x: int
    def execute(self):
        return {"y": scaled(self.x)}

def explorer(launcher):
    launcher.bind(Train)(x=1)
"""


@pytest.fixture
def run(tmp_path, folder, caplog):
    """Run a plan; give what was warned of, and what the table shows."""

    def run(text, name="a"):
        caplog.clear()
        plan = tmp_path / f"{name}.py"
        plan.write_text(text)
        with caplog.at_level(logging.WARNING, "simulator.explore"):
            run_grid(plan, folder=folder, executor="inline")
        return caplog.messages, read_table(folder, name)["y"].tolist()

    return run


def test_an_edited_class_is_told_until_its_version_is_raised(run):
    """Its results stay, since only its author knows whether they mean something else."""
    assert run(PLAN) == run(PLAN) == ([], [2])
    edited = PLAN.replace("FACTOR = 2", "FACTOR = 3")
    for _ in range(2):
        (message,), values = run(edited)
        assert message.startswith("plan.Train is written differently than when it ran: results of 1 of 1 cells stay")
        assert "raise its VERSION (now 1)" in message
        assert values == [2]
    assert run(edited.replace("x: int", "VERSION = 2\n    x: int")) == ([], [3])
    assert run(PLAN) == ([], [2])  # as it was


def test_a_preview_tells_what_a_run_would(run, folder, tmp_path, caplog):
    """And leaves no trace: the run tells it again."""
    run(PLAN)
    edited = PLAN.replace("FACTOR = 2", "FACTOR = 3").replace("(x=1)", "(x=1)\n    launcher.bind(Train)(x=2)")
    plan = tmp_path / "a.py"
    plan.write_text(edited)
    for _ in range(2):
        caplog.clear()
        preview_grid(plan, folder=folder)
        told = caplog.messages
        assert ["results of 1 of 2 cells stay" in message for message in told] == [True]
    assert run(edited) == (told, [2, 6])


def test_an_edit_that_changes_nothing_is_not_told(run):
    """Comments, docstrings, line breaks, names of local variables, how the plan makes its cells."""
    run(PLAN)
    same = PLAN.replace(
        "def scaled(x):\n    return x *", "def scaled(number):\n    'Say more.'\n\n    return number *  \\\n"
    )
    assert same != PLAN
    assert run(same.replace("(x=1)", "('x=1')  # as text")) == ([], [2])


def test_two_plans_that_call_different_classes_the_same_are_told(run):
    """They share their results, which one of them does not expect."""
    run(PLAN)
    assert run(PLAN, name="b") == ([], [2])
    (message,), values = run(PLAN.replace("scaled(self.x)", "1000"), name="b")
    assert "give it another name" in message
    assert values == [2]


def test_after_some_cells_ran_with_other_code_it_is_told_whatever_the_code(run, folder):
    """Until the results are cleared."""
    run(PLAN)
    more = PLAN.replace("(x=1)", "(x=1)\n    launcher.bind(Train)(x=2)")
    assert run(more.replace("FACTOR = 2", "FACTOR = 3"))[1] == [2, 6]
    assert len(run(more)[0]) == 1
    with Ledger.open(folder) as ledger:
        ledger.clear(ledger.states("a"))
    assert run(more) == ([], [2, 4])
    assert run(more) == ([], [2, 4])


def test_another_default_of_a_later_field_is_told(run):
    """It is left out of ids, so that old results would be taken for new ones."""
    plan = PLAN.replace("x: int", "x: int\n    draws: float = param(0.5, since=2)").replace(
        "Task\n", "Task, param\n", 1
    )
    run(plan)
    (message,), _ = run(plan.replace("0.5", "0.25"))
    assert message.startswith("plan.Train is written differently")
