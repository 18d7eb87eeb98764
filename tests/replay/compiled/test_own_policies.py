"""Policies as users write them: plain functions over plain state compile; all else is refused with a reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from engines import both
from small import JOB, TRACES, Fixed, make_groups

from simulator import replay
from simulator.errors import PolicyError, ReplayError
from simulator.policy import PlainStateOptimizer
from simulator.policy.history import History
from simulator.policy.stream import RandomStream
from simulator.replay import choice

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


@pytest.mark.parametrize("detail", ["runs", "replays"])
@pytest.mark.parametrize("draws", ["published", "keyed"])
def test_a_policy_of_the_users_compiles(detail, draws):
    """All that state may hold, and all that streams and histories offer: equal tables, also for submissions."""
    for groups in (None, make_groups()):
        both(
            JOB, TRACES, policy=SureStart, seeds=range(60), detail=detail, draws=draws, groups=groups, on_failure="keep"
        )


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


def uses_len(state):
    return len(state.draws) - len(state.draws) + 1


def uses_a_dictionary(state):
    return {0: 1}.get(0, 1)


def appends(state):
    state.draws.append(0.0)
    return 1


def makes_a_list(state):
    return max([1 for draw in range(state.n)])


def raises(state):
    if state.turn > 99:
        raise ValueError(state.turn)
    return 1


@pytest.mark.parametrize("function", [uses_len, uses_a_dictionary, appends, makes_a_list, raises])
def test_a_function_that_does_not_compile_is_named(function):
    """The error names the function and says what runs it as it is."""
    policy = type("NotCompiling", (Own,), {"_choose": staticmethod(function), "_start": Own._start})
    with pytest.raises(PolicyError, match=rf"{function.__name__} does not compile; .*engine='event' runs it as it is"):
        replay(JOB, TRACES, policy=policy, seeds=0, engine="vectorized")
    assert len(replay(JOB, TRACES, policy=policy, seeds=0, recurrences=4, engine="event")) == 4


@pytest.mark.parametrize("status", [-1, -3, -50, -107, -108, 4, 99])
def test_what_a_policy_returns_beside_positions(status):
    """A negative status, or a position that is none, ends the replay as in the event engine, and is no wild read."""

    def choose_at_last(state):
        return 1 if state.turn < 3 else status

    def learn_until(state, position, cost, converged):
        state.turn += 1
        return 0 if state.turn < 3 or status >= 0 else status

    for functions in ({"_choose": choose_at_last, "_learn": learn}, {"_learn": learn_until, "_choose": lambda s: 1}):
        policy = type("Ending", (Own,), {name: staticmethod(one) for name, one in functions.items()})
        ends = [_end(policy, engine) for engine in ("event", "vectorized")]
        assert ends[0] == ends[1]


def _end(policy, engine):
    try:
        return replay(JOB, TRACES, policy=policy, seeds=range(2), recurrences=6, engine=engine).to_dict()
    except (PolicyError, IndexError) as error:
        return type(error), str(error)
