"""Cells on their way to other processes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from executor_contract.cells import Double

from simulator.explore.config.task import Task
from simulator.explore.work.travel import Numbered, learn, packed, unpacked

TESTS = Path(__file__).parents[2]


class Here(Task):
    """A class of a test module, which no other process finds."""

    x: int

    def execute(self):
        return {"y": offset() + self.x}


def offset():
    return 100


def elsewhere(data):
    """Read something in another process, execute it there, and give what it says."""
    code = (
        f"import sys, pickle; sys.path.insert(0, {str(TESTS)!r}); from simulator.explore.work import unpacked;"
        "cell = unpacked(sys.stdin.buffer.read()); print(cell.id, cell.sealed, cell.execute())"
    )
    return subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True, timeout=60).stdout


@pytest.fixture
def plan(monkeypatch):
    """A plan, as it is loaded from a file."""
    module = ModuleType("plan")
    module.__file__ = "/plans/eta.py"
    monkeypatch.setitem(sys.modules, "plan", module)
    source = """
from simulator.explore.config.task import Task
FACTOR = 3
def scaled(x):
    return x * FACTOR
class Inner(Task):
    x: int
    def execute(self):
        return {"scaled": scaled(self.x)}
"""
    exec(source, module.__dict__)  # noqa: S102  # as loading a plan does
    return module


def test_classes_that_others_find_travel_by_name():
    """Nothing of them is sent."""
    assert b"executor_contract.cells" in packed(Double(x=1).seal())
    assert len(packed(Double(x=1).seal())) < 400


def test_classes_of_a_plan_travel_by_value(plan):
    """With the functions and values that they use, and the id that they had."""
    cell = plan.Inner(x=5).seal()
    assert elsewhere(packed(cell)) == f"{cell.id} True {{'scaled': 15}}\n".encode()


def test_classes_of_a_test_travel_by_value():
    """A test runner makes modules that only its process has."""
    cell = Here(x=5).seal()
    assert elsewhere(packed(cell)) == f"{cell.id} True {{'y': 105}}\n".encode()


def test_packing_leaves_no_trace(plan):
    """What else the process pickles is pickled as before."""
    import cloudpickle

    before = cloudpickle.list_registry_pickle_by_value()
    packed(plan.Inner(x=5).seal())
    assert cloudpickle.list_registry_pickle_by_value() == before


def test_a_class_is_sent_once_and_then_by_number(plan):
    """Cells that follow are short; who has not learned the class cannot read them."""
    numbered = Numbered()
    cells = [plan.Inner(x=x).seal() for x in range(100)]
    data, numbers = numbered.packed(cells)
    assert len(numbers) == 1
    assert len(data) < 100 * 120
    assert numbered.packed(cells[0])[1] == numbers
    assert numbered.packed(Double(x=1).seal())[1] == frozenset()
    learn({number: numbered.by_value(number) for number in numbers})
    assert [cell.execute()["scaled"] for cell in unpacked(data)] == [3 * x for x in range(100)]


def test_what_cannot_be_pickled_is_said():
    """By whoever cannot."""
    with pytest.raises((TypeError, pickle.PicklingError)):
        packed(sys._getframe())
