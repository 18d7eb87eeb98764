"""Sums over rewards, compiled: a policy whose choices hang on their last bit makes the same ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from engines import both
from small import JOB, make_traces

from simulator.policy import PlainStateOptimizer
from simulator.policy.history import History

TRACES = make_traces({8: [4.0, 5.0, 7.0, 11.0], 16: [6.0, 7.0, 9.0, 10.0]})


@dataclass
class Sums:
    """Rewards, and over how many of them sums are taken."""

    rewards: History
    window: int


def last_bit(number):
    """Read the last bit of a number above 0."""
    while number < 2.0**52:
        number *= 2.0
    while number >= 2.0**53:
        number /= 2.0
    return int(number) % 2


def choose(state):
    """Choose by the last bits of a sum and of a sum of squares."""
    count = state.rewards.count(0)
    latest = state.window if 0 < state.window < count else count
    if latest < 2:
        return 1
    total = state.rewards.total(0, latest)
    squares = state.rewards.squares(0, latest, total / latest)
    return last_bit(total) if squares == 0.0 else (last_bit(total) + last_bit(squares)) % 2


def learn(state, position, cost, converged):
    """Remember the cost, scaled so that few sums are round."""
    state.rewards.append(0, cost * 0.1)
    return 0


class LastBits(PlainStateOptimizer[Sums]):
    """Chooses by the last bits of its sums."""

    name = "last bits"
    window = 0

    def _start(self, job, batch_sizes):
        return Sums(History(1), self.window)

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)


class Latest(LastBits):
    """The same over the latest rewards."""

    window = 100


class LatestFew(LastBits):
    """The same over a few."""

    window = 5


@pytest.mark.parametrize("policy", [LastBits, Latest, LatestFew])
def test_sums_have_the_same_last_bit(policy):
    """From two rewards to hundreds, of which numpy adds up parts by themselves."""
    table = both(JOB, TRACES, policy=policy, seeds=range(12), recurrences=700, beta=math.inf, power_policy="full")
    shares = table.groupby("seed")["batch_size"].agg(lambda sizes: (sizes == 16).mean())
    assert shares.between(0.3, 0.7).all()
