"""Many chunks, each too short to be worth compiling for, are replayed by compiled code in the end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from simulator.explore.tasks import engine


@pytest.fixture
def choices(monkeypatch):
    """What the engine was chosen for, with a choice that compiles from 100 runs on."""
    asked = []

    def choose(word, setting, *, first_seed, runs, workers):
        asked.append((word, first_seed, runs, workers))
        return SimpleNamespace(name="vectorized" if runs >= 100 and setting.compiles else "event")

    monkeypatch.setattr("simulator.replay.choice.choose_engine", choose)
    engine._asked.clear()
    yield asked
    engine._asked.clear()


def request(*, seeds, recurrences, compiles=(True,)):
    """What is to be replayed."""
    plans = (SimpleNamespace(recurrences=recurrences),)
    return SimpleNamespace(seeds=seeds, settings=[SimpleNamespace(plans=plans, compiles=each) for each in compiles])


def test_what_was_replayed_before_counts(choices):
    """Chunks of 40 runs: the third makes it more than a hundred."""
    words = [engine.engine_for("gts", request(seeds=[7, 8], recurrences=20)) for _ in range(3)]
    assert words == ["auto", "auto", "vectorized"]
    assert choices == [("auto", 7, 40, 1), ("auto", 7, 80, 1), ("auto", 7, 120, 1)]


def test_each_policy_counts_for_itself(choices):
    """Compiled code is of one policy."""
    assert engine.engine_for("gts", request(seeds=range(9), recurrences=20)) == "vectorized"
    assert engine.engine_for("ucb", request(seeds=[1], recurrences=20)) == "auto"


def test_what_does_not_compile_is_left_to_choose(choices):
    """The vectorized engine would refuse the whole call for one setting that it cannot run."""
    mixed = request(seeds=range(99), recurrences=20, compiles=(True, False))
    assert engine.engine_for("gts", mixed) == "auto"
