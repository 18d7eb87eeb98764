"""Whole numbers for what compiled code cannot say: each refusal has its words, and none its own number."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import simulator.policy
from simulator.errors import ExhaustedError, PolicyError
from simulator.policy import create
from simulator.policy import outcome as words
from simulator.policy.outcome import outcome, refusal

REFUSALS = {
    "ALL_PRUNED": (ExhaustedError, "every batch size has been pruned"),
    "STILL_WAITING": (PolicyError, "observe it before predicting again"),
    "NOT_WAITED_FOR": (PolicyError, "say concurrency=True"),
    "NEEDS_OUTCOME": (PolicyError, r"observe\(\.\.\., converged=\.\.\.\)"),
    "SHORT_WINDOW": (PolicyError, "window_size is shorter"),
}
SOURCES = sorted(Path(simulator.policy.__file__).parent.glob("*.py"))


def constants():
    """All whole numbers that the module names."""
    return {name: value for name, value in vars(words).items() if name.isupper() and type(value) is int}


def returned(source):
    """What the functions of a file return, as it is written, either branch of a choice by itself."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) and node.value is not None:
            branches = [node.value]
            while isinstance(branches[-1], ast.IfExp):
                choice = branches.pop()
                branches += choice.body, choice.orelse
            yield from map(ast.unparse, branches)


def test_every_status_is_exported_and_differs():
    """Statuses stand below NOTHING, which is no error, each with a number of its own; all of them are public."""
    statuses = {name: value for name, value in constants().items() if value < words.NOTHING}
    assert statuses.keys() == REFUSALS.keys()
    assert len(set(statuses.values())) == len(statuses)
    assert constants().keys() <= set(words.__all__)


@pytest.mark.parametrize("name", REFUSALS)
def test_every_status_has_its_error(name):
    """Each status is told in words of its own, by an error of its own class and no parent's."""
    kind, message = REFUSALS[name]
    error = refusal(getattr(words, name), create("pruning-gts"))
    assert type(error) is kind
    with pytest.raises(kind, match=message):
        raise error


def test_policies_return_no_number_without_words():
    """Whatever negative thing a file of this folder returns is a named status with an error, or NOTHING."""
    found = {name for source in SOURCES if source.name != "outcome.py" for name in returned(source)}
    assert found.isdisjoint(str(number) for number in range(-99, 0))
    assert found & constants().keys() == {*REFUSALS, "NOTHING"}


@pytest.mark.parametrize("status", [words.NOTHING, -7, -(2**40)])
def test_an_unknown_status_names_the_policy(status):
    """A policy of somebody's own may return what nobody knows: the error says who, and what."""
    error = refusal(status, create("ucb"))
    assert type(error) is PolicyError
    assert "'UCB1'" in str(error)
    assert str(status) in str(error)


@pytest.mark.parametrize("method", ["_choose", "_learn"])
def test_a_negative_status_is_raised_by_whoever_is_asked(job, method):
    """Neither a choice nor a lesson that a policy refuses is passed over in silence."""
    policy = create("grid")
    policy.register_job(job, [16, 32])
    setattr(policy, method, lambda *state: -99)
    with pytest.raises(PolicyError, match=r"'Grid search' .* -99"):
        policy.observe(job, policy.predict(job), 1.0, converged=True)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (True, words.REACHED),
        (np.True_, words.REACHED),
        (False, words.FAILED),
        (np.False_, words.FAILED),
        (None, words.UNKNOWN),
    ],
)
def test_hosts_say_it_in_their_way(said, meant):
    """Python's and numpy's truth and falsehood are outcomes; None is that nobody knows."""
    assert outcome(said) == meant
