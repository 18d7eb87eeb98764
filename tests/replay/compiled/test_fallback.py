"""What would differ in compiled code is refused by name; "auto" then gives the event engine's table all the same."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field
from types import ModuleType

import pytest
from engines import assert_same
from own_policy import Inner, Own, SureStart
from small import JOB, TRACES

from simulator import replay
from simulator.errors import PolicyError, ReplayError
from simulator.policy import JITPowerLimitOptimizer, PlainStateOptimizer
from simulator.replay import choice

ASKED = {"seeds": range(4), "recurrences": 4, "on_failure": "keep"}


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Let "auto" load or compile code for short replays."""
    monkeypatch.setattr(choice, "_WORTH_LOADING", 0)
    monkeypatch.setattr(choice, "_WORTH_COMPILING", 10)


def assert_falls_back(job=JOB, **asked):
    """Hold "auto" to the event engine, by name and by table."""
    table = replay(job, TRACES, engine="auto", **ASKED, **asked)
    assert table.attrs["manifest"]["knobs"]["engine"] == "event"
    assert_same(table, replay(job, TRACES, engine="event", **ASKED, **asked))
    return table


def test_auto_compiles_what_it_can():
    """The short replays of this file do reach compiled code if nothing is in the way."""
    table = replay(JOB, TRACES, policy=SureStart, engine="auto", **ASKED)
    assert table.attrs["manifest"]["knobs"]["engine"] == "vectorized"


def real_for_whole(state):
    state.turn = state.turn + 0.5
    return 1


def real_in_a_list_of_whole(state):
    state.order[0] = 0.5
    return 1


def half_of_whole(state):
    state.order[1] = state.turn / 2
    return 1


def real_within(state):
    state.inner.best = state.inner.lowest
    return 1


def whole_numbers(state):
    state.order = [1, 2]
    return state.order[0]


def last(state):
    state.turn += int(state.draws[-1])
    return 1


def next_to_last(state):
    state.order[-2] = 1
    return 1


def length(state):
    return len(state.draws) - len(state.draws) + 1


@pytest.mark.parametrize("detail", ["runs", "replays"])
@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (real_for_whole, r"turn is a whole number, and is given a real one; say int\(...\)"),
        (real_in_a_list_of_whole, r"a list of whole numbers is given a real one; say int\(...\)"),
        (half_of_whole, r"a list of whole numbers is given a real one; say int\(...\)"),
        (real_within, r"best is a whole number, and is given a real one; say int\(...\)"),
        (whole_numbers, ""),
        (last, "a list is asked for its place -1; count from its start"),
        (next_to_last, "a list is asked for its place -2; count from its start"),
        (length, "len"),
    ],
)
def test_what_python_would_do_otherwise_does_not_compile(function, advice, detail):
    """A real number is not cut off, a list has no end to count from: the error says what to do, "auto" plays on."""
    policy = type("Different", (Own,), {"_choose": staticmethod(function)})
    with pytest.raises(PolicyError, match=rf"{function.__name__} does not compile; .*engine='event' runs it.*{advice}"):
        replay(JOB, TRACES, policy=policy, engine="vectorized", detail=detail, **ASKED)
    assert not assert_falls_back(policy=policy, detail=detail).empty


class LaterFull(JITPowerLimitOptimizer):
    """The cheapest limit at first, then full power."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def predict(self, job, batch_size):
        self.asked += 1
        return super().predict(job, batch_size) if self.asked < 3 else 200


class SaysSo(JITPowerLimitOptimizer):
    """As its parent, and says so."""

    decides_once = True


def test_a_power_policy_speaks_for_itself_alone():
    """What a parent promises binds no child: a child is compiled only if it promises the same."""
    asked = {"policy": SureStart, "eta": 0.9}
    with pytest.raises(ReplayError, match="power policy 'JITPSO' does not say that it decides once"):
        replay(JOB, TRACES, power_policy=LaterFull, engine="vectorized", **ASKED, **asked)
    limits = assert_falls_back(power_policy=LaterFull, **asked)["power_limit_w"]
    assert list(limits) != list(replay(JOB, TRACES, power_policy="jit", **ASKED, **asked)["power_limit_w"])
    one, other = (replay(JOB, TRACES, power_policy=name, engine="auto", **ASKED, **asked) for name in (SaysSo, "jit"))
    assert one.attrs["manifest"]["knobs"]["engine"] == "vectorized"
    assert one.equals(other)


@dataclass
class Sharing:
    n: int
    inner: Inner = field(metadata={"shared": True})


class WithShared(PlainStateOptimizer[Sharing]):
    name = "sharing"

    def _start(self, job, batch_sizes):
        return Sharing(len(batch_sizes), Inner(1, 0.0, [False] * len(batch_sizes)))

    _choose = staticmethod(lambda state: state.inner.best)
    _learn = staticmethod(lambda state, position, cost, converged: 0)


UNSEEN = """
from __future__ import annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from simulator.policy.stream import RandomStream
from simulator.policy import PlainStateOptimizer
from simulator.policy import stream as streams

@dataclass
class Hidden:
    stream: RandomStream

class WithHidden(PlainStateOptimizer[Hidden]):
    name = "hidden"

    def _start(self, job, batch_sizes):
        return Hidden(streams.RandomStream(self.seed))

    _choose = staticmethod(lambda state: 1)
    _learn = staticmethod(lambda state, position, cost, converged: 0)
"""


@pytest.fixture
def hidden(monkeypatch):
    """A policy whose state has a type that is imported for type checkers alone."""
    module = ModuleType("unseen")
    monkeypatch.setitem(sys.modules, "unseen", module)
    exec(UNSEEN, module.__dict__)  # noqa: S102  (the source above)
    return module.WithHidden


def test_types_that_only_a_type_checker_sees(hidden):
    """State whose types are not there at run time cannot be laid out; the error says where to import them."""
    with pytest.raises(ReplayError, match=r"types of Hidden cannot be looked up .*'RandomStream'.*import them at run"):
        replay(JOB, TRACES, policy=hidden, engine="vectorized", **ASKED)
    assert_falls_back(policy=hidden)


def test_a_state_that_shares():
    """What the engine shares between replays is no user's to share."""
    with pytest.raises(ReplayError, match="policy 'sharing' shares inner with others; state is a job's own"):
        replay(JOB, TRACES, policy=WithShared, engine="vectorized", **ASKED)
    assert_falls_back(policy=WithShared)


def test_more_epochs_than_a_word_holds():
    """A bound of 10^20 epochs is no number of 64 bits, and none to the event engine's concern."""
    job = dataclasses.replace(JOB, max_epochs=10**20)
    with pytest.raises(ReplayError, match=r"64 bits.*100000000000000000000"):
        replay(job, TRACES, policy="ucb", engine="vectorized", **ASKED)
    assert_falls_back(job, policy="ucb")
