"""A state is taken apart for storage, and put together again, to the last bit."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_jobs import as_text, spec

from simulator.errors import PolicyError
from simulator.policy import names
from simulator.policy.gaussian import GaussianArms
from simulator.policy.history import History
from simulator.policy.stream import RandomStream
from simulator.service.deciding.parts import Parts, join, split
from simulator.service.deciding.policies import make_policy, trained


def _through_storage(policy, job):
    """Take a state apart, write its parts as a database does, and read them back."""
    state = policy.state_of(job)
    parts = split(state, len(policy.sizes_of_arms(job)))
    rest, generator = json.loads(json.dumps([parts.rest, parts.generator], allow_nan=False))
    beliefs = [(*(float(repr(number)) for number in belief[:3]), belief[3]) for belief in parts.beliefs]
    rewards = None if parts.rewards is None else History.from_plain(json.loads(json.dumps(parts.rewards.to_plain())))
    return join(type(state), Parts(rest, generator, beliefs, rewards))


@pytest.mark.parametrize("name", [name for name in names() if name != "oracle"])
@settings(max_examples=15, deadline=None)
@given(
    results=st.lists(st.tuples(st.floats(0, 1e9), st.sampled_from([True, True, False])), max_size=40),
    seed=st.integers(0, 2**63 - 1),
)
def test_a_state_survives_storage(name, results, seed):
    """After each result the stored state equals the one in memory, and goes on likewise."""
    job = spec(policy=name, seed=seed)
    ours, theirs = make_policy(job, seed=seed), make_policy(job, seed=seed)
    what = trained(job)
    ours.register_job(what, list(job.batch_sizes))
    for cost, converged in results:
        theirs.put_state(what, ours.sizes_of(what), _through_storage(ours, what))
        assert as_text(theirs.state_of(what)) == as_text(ours.state_of(what))
        assert theirs.state_of(what) == ours.state_of(what)
        try:
            size = ours.predict(what)
        except PolicyError:
            return
        assert theirs.predict(what) == size
        ours.observe(what, size, cost, converged)


def test_nothing_is_stored_twice():
    """Rewards, draws and beliefs have tables of their own, and are left out of the rest."""
    job = spec()
    policy, what = make_policy(job, seed=1), trained(job)
    policy.register_job(what, list(job.batch_sizes))
    for _ in range(2 * len(job.batch_sizes)):
        policy.observe(what, policy.predict(what), 1.0, converged=True)
    policy.predict(what)
    parts = split(policy.state_of(what), 4)
    assert {"rewards", "stream"}.isdisjoint(parts.rest)
    assert {"spread"}.isdisjoint(parts.rest["arms"])
    assert parts.rest["arms"]["mean"] == []
    assert parts.beliefs == [(-1.0, math.inf, math.inf, 2)] * 4
    assert parts.rewards.count(0) == 2


@dataclass
class TwoOfAKind:
    first: RandomStream
    second: RandomStream
    note: str


def test_only_the_first_of_a_kind_has_a_table():
    """A second stream, which has no table, stays in the rest."""
    state = TwoOfAKind(RandomStream(1), RandomStream(2), "x")
    parts = split(state, 0)
    assert sorted(parts.rest) == ["note", "second"]
    assert join(TwoOfAKind, parts) == state


@dataclass
class Bare:
    arms: GaussianArms


def test_beliefs_that_have_no_rows_stay_in_the_rest():
    """A policy that does not say whose arms are whose keeps them to itself."""
    state = Bare(GaussianArms.cold([1.0, math.inf], prior_mean=-0.0, prior_precision=0.1))
    assert join(Bare, split(state, 0)) == state
    assert as_text(join(Bare, split(state, 1))) == as_text(state)


def test_parts_of_another_state_are_refused():
    """What is stored by one policy is no state of another."""
    with pytest.raises(PolicyError, match="does not fit TwoOfAKind"):
        join(TwoOfAKind, Parts({"note": "x"}, None, [], None))
