"""What compiled code is named after: everything that a function does, and nothing of where it is written."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from simulator.replay.compiled.sources import called_by, identity

SOURCE = """
import math
import settings

RATE = 0.5
BOUNDS = (1, 2)

class Kind:
    MOST = 3

def helper(x, step=2):
    return x * step

def other(x):
    return x + 1

def make(around):
    def choose(state):
        return helper(state) + RATE + around + BOUNDS[0] + settings.LEAST + Kind.MOST + math.floor(1.5)
    return choose

choose = make(7)

def within(state):
    return max([RATE * x for x in state])

def doubly(state):
    return choose(state) + other(state)
"""


def load(source=SOURCE, *, name="policy.py", least=1):
    """Run a module's source as if it lay in a file of this name, beside a module with a constant."""
    settings = ModuleType("settings")
    settings.LEAST = least
    module = {"__name__": "made_up"}
    sys.modules["settings"] = settings
    try:
        exec(compile(source, name, "exec"), module)  # noqa: S102  (the source above)
    finally:
        del sys.modules["settings"]
    return module


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 0.5", "RATE = 0.25"),
        ("(1, 2)", "(2, 2)"),
        ("MOST = 3", "MOST = 4"),
        ("step=2", "step=3"),
        ("step=2", "*, step=3"),
        ("x * step", "x - step"),
        ("make(7)", "make(8)"),
        ("math.floor", "math.ceil"),
        ("+ RATE", "+ 0.5"),
    ],
)
def test_another_meaning_has_another_name(old, new):
    """Constants, their members, what lies around a function, defaults, helpers and instructions all count."""
    assert identity(load()["choose"]) != identity(load(SOURCE.replace(old, new))["choose"])


def test_a_constant_of_another_module_counts():
    """One that is read as a member of the module, too."""
    assert identity(load()["choose"]) != identity(load(least=2)["choose"])


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda one: (1, np.array(one))])
def test_constants_count_to_the_last_digit(make):
    """What numpy would show shortened, alone or in a tuple, counts in full."""

    def choose(values):
        return eval("lambda state: VALUES[0]", {"VALUES": values})  # noqa: S307  (the text before)

    one, other = (identity(choose(make([number, 0.1]))) for number in (7.00000000001, 6.99999999999))
    assert one != other
    assert one == identity(choose(make([7.00000000001, 0.1])))


def test_members_of_members_count():
    """A constant of a module within a package, however deep."""

    def choose(k):
        package = ModuleType("package")
        package.inner = ModuleType("inner")
        package.inner.K = k
        return eval("lambda state: package.inner.K", {"package": package})  # noqa: S307  (the text before)

    assert identity(choose(1)) == identity(choose(1))
    assert identity(choose(1)) != identity(choose(2))


def test_a_constant_within_a_comprehension_counts():
    """What only an inner function reads is part of the function."""
    assert identity(load()["within"]) != identity(load(SOURCE.replace("RATE = 0.5", "RATE = 0.25"))["within"])


@pytest.mark.parametrize(
    "change", [("def helper", "\n\n# a comment\ndef helper"), ("x + 1", "x + 2"), ("import math", "import math, os")]
)
def test_what_does_not_matter_does_not_count(change):
    """Lines move, other functions change, modules are imported: the same code."""
    assert identity(load()["choose"]) == identity(load(SOURCE.replace(*change))["choose"])


def test_the_place_of_a_file_does_not_count():
    """The same source elsewhere is the same code."""
    assert identity(load()["choose"]) == identity(load(name="/elsewhere/other.py")["choose"])


def test_helpers_of_helpers_count():
    """A function that is called by what is called."""
    module = load()
    assert {one.__name__ for one in called_by(module["doubly"])} == {"doubly", "choose", "helper", "other"}
    changed = load(SOURCE.replace("x * step", "x - step"))
    assert identity(module["doubly"]) != identity(changed["doubly"])


def test_names_are_the_same_in_every_process():
    """A name has no address and no hash of the process in it."""
    code = (
        "from simulator.policy import create, names\n"
        "from simulator.replay.compiled.prepare import KERNEL, codes_of\n"
        "print(KERNEL.name, *(code.name for name in names() for code in codes_of(type(create(name)))))"
    )
    printed = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(printed) == 1
    assert len(set(printed.pop().split())) > 10
