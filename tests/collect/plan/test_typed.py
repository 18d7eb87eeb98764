"""Plain data becomes dataclasses, or a list of all that is wrong; never anything else."""

from __future__ import annotations

import copy
from contextlib import suppress

from fabricated import a_plan, a_result
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.plan import Plan
from simulator.collect.plan.typed import MismatchError, build, examine, plain
from simulator.collect.result import RunResult
from simulator.errors import PlanError

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def spoiled(data, draw):
    """The data with anything at one place."""
    data = copy.deepcopy(data)
    at = data
    while True:
        keys = sorted(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        inner = at[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            at[key] = draw(anything)
            return data
        at = inner


@given(st.data())
def test_spoiled_plans_are_refused_or_understood(data):
    """Whatever stands in a file: a plan that survives being written, or a refusal of ours."""
    with suppress(PlanError):
        plan = Plan.from_dict(spoiled(a_plan().to_dict(), data.draw))
        assert Plan.from_dict(plan.to_dict()) == plan


@given(st.data())
def test_spoiled_results_are_refused_or_understood(data):
    """The same for what a collection leaves behind."""
    spec = a_plan(power_limits_w=(300,)).runs()[0]
    with suppress(MismatchError):
        build(RunResult, spoiled(plain(a_result(spec)), data.draw))


@given(anything)
def test_anything_at_all_is_refused(data):
    """No plan is made of what is none."""
    with suppress(PlanError):
        Plan.from_dict(data)
        raise AssertionError("a plan of nothing")


def test_right_values_are_found_beside_wrong_ones():
    """So that everything wrong with a plan can be said at once."""
    values, problems = examine(RunResult, {"status": "done", "num_gpus": -1, "reason": 3})
    assert values["status"] == "done"
    assert problems == {
        "spec": "is missing",
        "num_gpus": "is -1, but must be 0 or above",
        "reason": "is 3, but must be text",
    }
