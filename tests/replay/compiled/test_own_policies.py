"""Policies as users write them: plain functions over plain state compile, and end as they do in Python."""

from __future__ import annotations

import pytest
from engines import both
from own_policy import Own, SureStart, learn
from small import JOB, TRACES, make_groups

from simulator import replay
from simulator.errors import PolicyError


@pytest.mark.parametrize("detail", ["runs", "replays"])
@pytest.mark.parametrize("draws", ["published", "keyed"])
def test_a_policy_of_the_users_compiles(detail, draws):
    """All that state may hold, and all that streams and histories offer: equal tables, also for submissions."""
    for groups in (None, make_groups()):
        both(
            JOB, TRACES, policy=SureStart, seeds=range(60), detail=detail, draws=draws, groups=groups, on_failure="keep"
        )


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
