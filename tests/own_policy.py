"""A policy as users write it: plain functions over plain state, with all that state, streams and histories offer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.policy import PlainStateOptimizer
from simulator.policy.history import History
from simulator.policy.stream import RandomStream

STEP = 1


@dataclass
class Inner:
    best: int
    lowest: float
    tried: list[bool]


@dataclass
class Mine:
    n: int
    turn: int
    inner: Inner
    rewards: History
    stream: RandomStream
    draws: list[float]
    order: list[int]


def _next(turn, n):
    return (turn + STEP) % n


def choose(state):
    """Explore in a random order, then the best, now and then another."""
    if state.turn == 0:
        state.stream.permutation(state.order, state.n)
    if state.stream.uniform() < 0.1:
        return state.stream.integer(state.n - 1)
    state.stream.normals(state.draws, state.n)
    if state.inner.best < 0 or state.draws[0] > 1.5:
        return state.order[state.turn % state.n] if state.order[state.turn % state.n] < state.n - 1 else 1
    return state.inner.best


def learn(state, position, cost, converged):
    state.turn = _next(state.turn, 1000)
    state.inner.tried[position] = True
    if converged == 1:
        state.rewards.append(position, cost)
        count = state.rewards.count(position)
        mean = state.rewards.total(position, count) / count
        spread = math.sqrt(state.rewards.squares(position, count, mean) / count)
        if mean + spread < state.inner.lowest:
            state.inner.lowest = mean + spread
            state.inner.best = position
    return 0


class Own(PlainStateOptimizer[Mine]):
    name = "own"

    def _start(self, job, batch_sizes):
        n = len(batch_sizes)
        inner = Inner(-1, math.inf, [False] * n)
        return Mine(n, 0, inner, History(n), RandomStream(self.seed), [0.0] * n, [0] * n)

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)


class SureStart(Own):
    """Starts with the default, as a first run must reach the target."""

    _choose = staticmethod(lambda state: 1 if state.turn == 0 and state.rewards.count(1) == 0 else choose(state))
