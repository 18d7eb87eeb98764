"""What a class does is known by its code: the same in every process, another after an edit."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cached_property, wraps

import pytest

from simulator.explore import Replay, Task
from simulator.explore.config.code import code_of

PROGRAM = """
from simulator.explore import Task
from simulator.explore.config.code import code_of

class Train(Task):
    word: str
    def execute(self):
        return {"y": [each for each in self.word if each in {"a", "b", "c", "d", "e"}]}

print(code_of(Train))
"""


def doubled(function):
    @wraps(function)
    def twice(self):
        return 2 * function(self)

    return twice


def test_it_is_the_same_in_every_process():
    """Sets in the code have another order in each."""
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == 64


@pytest.mark.parametrize(
    "member",
    [
        lambda n: {"execute": (lambda self: 1) if n else (lambda self: 2)},
        lambda n: {"help": staticmethod((lambda: 1) if n else (lambda: 2))},
        lambda n: {"help": classmethod((lambda cls: 1) if n else (lambda cls: 2))},
        lambda n: {"help": property((lambda self: 1) if n else (lambda self: 2))},
        lambda n: {"help": cached_property((lambda self: 1) if n else (lambda self: 2))},
        lambda n: {"help": doubled((lambda self: 1) if n else (lambda self: 2))},
        lambda n: {"execute": (lambda self, n=1: n) if n else (lambda self, n=2: n)},
        lambda n: {"depth": n},
    ],
    ids=["method", "static", "class", "property", "cached", "decorated", "default", "attribute"],
)
def test_every_member_counts(member):
    """Whatever `execute` may use of its class."""

    def made(n):
        return type(Task)("Cell", (Task,), {"__module__": __name__, **member(n)})

    assert code_of(made(0)) == code_of(made(0)) != code_of(made(1))


def test_fields_and_versions_are_no_part_of_it():
    """They are part of ids."""

    def made(**space):
        return type(Task)("Cell", (Task,), {"__module__": __name__, "__annotations__": {"x": int}, **space})

    assert code_of(made(x=1)) == code_of(made(x=2, VERSION=3, IDENTIFIER="cell"))


def test_classes_of_this_package_have_versions():
    """Nobody edits them between two runs of a plan."""
    assert code_of(Replay) is None
