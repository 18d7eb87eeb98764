"""What the hooks of an explorer show."""

from __future__ import annotations

import pytest
from small_sweeps import HISTORIES

from simulator.errors import UnknownCellError
from simulator.explore.plan import load_plan
from simulator.explore.read import display, gather


@pytest.fixture
def shown(sweep):
    """A function that shows the grid of histories."""
    folder = sweep(HISTORIES)
    explorer = load_plan(folder / "grids" / "plan" / "plan.py").explorer

    def show(**options):
        found = display(gather(folder), explorer, **options)
        return {column.headings: column.texts for column in found.columns}

    return show


def test_nested_dictionaries_become_grouped_columns(shown):
    """Under the heading of their group, with the format of their leaf, and the heading that it wants."""
    columns = shown()
    assert list(columns)[-3:] == [("epoch",), ("test", "loss"), ("test", "what")]
    assert columns["test", "what"] == ["steps", "steps"]


def test_numbers_are_means_over_seeds_with_half_their_interval(shown):
    """Of what the hook made of each cell: a loss of 0.05 and one of 1.05."""
    assert shown()["test", "loss"] == ["0.550 ± 6.353", "0.540 ± 6.353"]
    assert shown()["epoch",] == ["2", "5"]


def test_the_first_columns_say_which_row_it_is(shown):
    """Index, name, state and the beginning of the id."""
    columns = shown()
    assert columns["index",] == ["0", "1"]
    assert columns["name",] == ["rate=0.1", "rate=0.2"]
    assert columns["state",] == ["done", "done"]
    assert {len(sig) for sig in columns["sig",]} == {20}


def test_trimmed_histories_are_seen_at_the_same_age(shown):
    """Two steps of each, so that a long run is not compared with a short one."""
    assert shown(trim=0)["epoch",] == shown(trim_last=True)["epoch",] == ["2", "2"]
    assert shown(trim=1)["epoch",] == ["2", "5"]
    with pytest.raises(UnknownCellError, match="trim is 7, and there are 2 rows"):
        shown(trim=7)


def test_process_sheep_is_asked_in_place_of_process_history(sweep):
    """It sees the cell: its configuration, its state, its whole history."""
    text = HISTORIES.replace("def process_history(self, history):", "def process_sheep(self, sheep, history):").replace(
        'line = super().process_history(history)\n        return {"epoch": line["epoch"], "test": {"loss": '
        'line["test"]["loss"], "kind": "steps"}}',
        'return {"epoch": len(sheep.history), "test": {"loss": sheep.config["rate"], "kind": sheep.state}}',
    )
    folder = sweep(text)
    found = display(gather(folder), load_plan(folder / "grids" / "plan" / "plan.py").explorer, trim_last=True)
    columns = {column.headings: column.texts for column in found.columns}
    assert columns["test", "loss"] == ["0.100", "0.200"]
    assert columns["test", "what"] == ["done", "done"]
    assert columns["epoch",] == ["2", "5"]


def test_cells_that_have_no_result_leave_their_line_empty(sweep):
    """The hooks are asked about results only."""
    folder = sweep(HISTORIES, only=["1"])
    found = display(gather(folder), load_plan(folder / "grids" / "plan" / "plan.py").explorer)
    columns = {column.headings: column.texts for column in found.columns}
    assert columns["epoch",] == ["", "5"]
    assert columns["state",] == ["pending", "done"]


MIXED = """
from simulator.explore import Explorer, Task, leaf, param

class Number(Task):
    x: int = param(1)
    def execute(self):
        return {"whole": self.x}

class Word(Task):
    x: int = param(1)
    def execute(self):
        return {"word": "yes"}

class Shown(Explorer):
    def get_grid_metrics(self):
        return [leaf("whole"), leaf("word")]

@Shown
def explorer(launcher):
    launcher(Number)
    launcher(Word)
"""


def test_tasks_of_several_kinds_share_a_table(sweep):
    """What one of them does not return is left empty, whatever its type."""
    folder = sweep(MIXED)
    found = display(gather(folder), load_plan(folder / "grids" / "plan" / "plan.py").explorer)
    columns = {column.headings: column.texts for column in found.columns}
    assert (columns["whole",], columns["word",]) == (["1", ""], ["", "yes"])
