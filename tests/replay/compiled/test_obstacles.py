"""Policies that compiled code cannot replay: the vectorized engine says why, and "auto" takes the other."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from own_policy import Own, SureStart
from small import JOB, TRACES, Fixed

from simulator import replay
from simulator.errors import ReplayError
from simulator.policy import PlainStateOptimizer
from simulator.policy.stream import RandomStream
from simulator.replay import choice


class Methods(Own):
    """The same with methods."""

    def _choose(self, state):
        return 1

    def _learn(self, state, position, cost, converged):
        return 0


class OwnPredict(SureStart):
    """Looks at the job each time."""

    def predict(self, job):
        return job.default_bs


class BySeed(SureStart):
    """Starts elsewhere for each seed."""

    def _start(self, job, batch_sizes):
        state = super()._start(job, batch_sizes)
        state.turn = self.seed
        return state


class OwnSeed(SureStart):
    """Has draws of its own."""

    def _start(self, job, batch_sizes):
        state = super()._start(job, batch_sizes)
        state.stream = RandomStream(5)
        return state


class Backwards(SureStart):
    """Counts batch sizes from the largest."""

    def register_job(self, job, batch_sizes):
        super().register_job(job, sorted(batch_sizes, reverse=True))


class Experienced(SureStart):
    """Remembers earlier rewards."""

    def _start(self, job, batch_sizes):
        state = super()._start(job, batch_sizes)
        state.rewards.append(1, 3.0)
        return state


@dataclass
class WithDictionary:
    seen: dict[int, int]


class Dictionary(PlainStateOptimizer[WithDictionary]):
    name = "dictionary"

    def _start(self, job, batch_sizes):
        return WithDictionary({})

    _choose = staticmethod(lambda state: 1)
    _learn = staticmethod(lambda state, position, cost, converged: 0)


@dataclass
class WithWords:
    best: int


class NoNumber(PlainStateOptimizer[WithWords]):
    name = "no number"
    best = None

    def _start(self, job, batch_sizes):
        return WithWords(self.best)

    _choose = staticmethod(lambda state: 1)
    _learn = staticmethod(lambda state, position, cost, converged: 0)


class Half(NoNumber):
    best = 0.5


class Large(NoNumber):
    best = 2**64


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Fixed, "no PlainStateOptimizer"),
        (Methods, "_choose and _learn of policy 'own' are no plain functions"),
        (OwnPredict, "a predict or observe of its own"),
        (BySeed, "starts differently for each seed"),
        (OwnSeed, "draws of its own"),
        (Experienced, "what it has learned before"),
        (Backwards, "batch sizes in another order"),
        (Dictionary, r"WithDictionary.seen is dict\[int, int\]"),
        (NoNumber, "not .None."),
        (Half, "not .0.5."),
        (Large, "not .18446744073709551616."),
    ],
)
def test_what_cannot_be_compiled_is_refused(monkeypatch, policy, reason):
    """The vectorized engine says why; "auto" takes the other, and gives its table, however long the replay."""
    asked = {"policy": policy, "seeds": range(5), "recurrences": 3, "on_failure": "keep"}
    with pytest.raises(ReplayError, match=f"the vectorized engine cannot run this: .*{reason}.*engine='event' can"):
        replay(JOB, TRACES, engine="vectorized", **asked)
    monkeypatch.setattr(choice, "_WORTH_LOADING", 1)
    monkeypatch.setattr(choice, "_WORTH_COMPILING", 1)
    table = replay(JOB, TRACES, engine="auto", **asked)
    assert table.attrs["manifest"]["knobs"]["engine"] == "event"
    assert table.equals(replay(JOB, TRACES, engine="event", **asked))
