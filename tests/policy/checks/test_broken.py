"""Policies that break one rule each: the kit names that rule, and no other."""

from __future__ import annotations

import copy
import math
import threading

import numpy as np
import pytest

from simulator.errors import PolicyError
from simulator.policy import create
from simulator.policy.checks import ContractError, batch_size_checks, check_batch_size_policy
from simulator.policy.epsilon_greedy import EpsilonGreedyBatchSizeOptimizer
from simulator.policy.grid import GridBatchSizeOptimizer


class Nameless(GridBatchSizeOptimizer):
    name = None


class Talkative(GridBatchSizeOptimizer):
    def predict(self, job):
        print("let me think")  # noqa: T201
        return super().predict(job)


class Moody(GridBatchSizeOptimizer):
    """Each object has moods of its own; copies and pickles share those of the original."""

    def __init__(self, seed):
        super().__init__(seed=seed)
        self.mood = np.random.default_rng()

    def predict(self, job):
        return int(self.mood.choice(self._sizes[job]))

    state_dict = load_state_dict = property()  # moods cannot be stored: the rule about JSON is not for this one


class Gossiping(GridBatchSizeOptimizer):
    """A job that any policy of this class has met before is treated in another way."""

    met: set = set()  # noqa: RUF012  (the fault that is shown)

    def register_job(self, job, batch_sizes):
        if job not in self._sizes:
            self.runs = 2 if job in self.met else 1
            self.met.add(job)
        super().register_job(job, batch_sizes)

    state_dict = load_state_dict = property()  # gossip cannot be stored


class Clinging(EpsilonGreedyBatchSizeOptimizer):
    """Copies learn together with their original."""

    def __deepcopy__(self, memo):
        twin = copy.copy(self)
        twin._states = self._states
        return twin

    def __reduce__(self):
        return _epsilon_greedy, (self.state_dict(), self.seed)


def _epsilon_greedy(state, seed):
    twin = Clinging(seed=seed)
    twin.load_state_dict(state)
    return twin


class Locked(GridBatchSizeOptimizer):
    """Holds what cannot be pickled, in mid-exploration only."""

    def predict(self, job):
        self.lock = threading.Lock()
        return super().predict(job)

    def __deepcopy__(self, memo):
        twin = type(self)(seed=self.seed)
        twin.load_state_dict(self.state_dict())
        return twin


class NotANumber(GridBatchSizeOptimizer):
    """Stores a NaN, which JSON does not have."""

    def state_dict(self):
        return {**super().state_dict(), "best": math.nan}


class Forgetful(GridBatchSizeOptimizer):
    """Stores less than it has learned."""

    def state_dict(self):
        stored = super().state_dict()
        for entry in stored["states"]:
            tally = entry["value"]["tally"]
            tally["runs"] = [0] * len(tally["runs"])
        return stored


class HalfStored(GridBatchSizeOptimizer):
    """Can be stored and not restored."""

    load_state_dict = property()


class Mixing(GridBatchSizeOptimizer):
    """One state for all jobs."""

    def register_job(self, job, batch_sizes):
        first = next(iter(self._states), job)
        super().register_job(job, batch_sizes)
        self._states[job] = self._states[first]


class Pedantic(GridBatchSizeOptimizer):
    """Takes the same job with another command for another job."""

    def observe(self, job, *arguments, **keywords):
        if any(repr(job) == repr(known) for known in self._sizes):
            super().observe(job, *arguments, **keywords)


class StartingAnew(GridBatchSizeOptimizer):
    def register_job(self, job, batch_sizes):
        self._states.pop(job, None)
        self._sizes.pop(job, None)
        super().register_job(job, batch_sizes)


class Fractional(GridBatchSizeOptimizer):
    def predict(self, job):
        return float(super().predict(job))


class Inventive(GridBatchSizeOptimizer):
    """Predicts a size that nobody registered, once."""

    def predict(self, job):
        size = super().predict(job)
        return 48 if size == 64 else size

    def observe(self, job, batch_size, *arguments, **keywords):
        super().observe(job, 64 if batch_size == 48 else batch_size, *arguments, **keywords)


class Despairing(GridBatchSizeOptimizer):
    """Takes too many failures for the end of the world."""

    def predict(self, job):
        tally = self._states[job].tally
        if tally.all_runs - tally.all_reached > 4 and tally.all_reached < 6:
            raise RuntimeError("it never works")
        return super().predict(job)


class Narrow(GridBatchSizeOptimizer):
    """Counts in integers of 32 bits."""

    def observe(self, job, batch_size, cost, converged=None):
        super().observe(job, batch_size, np.array([cost]).astype(np.float16).astype(int).item(), converged)
        if not np.isfinite(np.float16(min(cost, 1e9))):
            raise OverflowError(cost)


class Credulous(GridBatchSizeOptimizer):
    """Learns from whatever it is told."""

    def observe(self, job, batch_size, *arguments, **keywords):
        known = batch_size in self._sizes[job]
        super().observe(job, batch_size if known else self._sizes[job][-2], *arguments, **keywords)


class Brittle(GridBatchSizeOptimizer):
    """Does not survive being told of an unknown size, with an error that says nothing."""

    def observe(self, job, batch_size, *arguments, **keywords):
        assert batch_size in self._sizes[job]
        super().observe(job, batch_size, *arguments, **keywords)


BROKEN = {
    Nameless: "named",
    Talkative: "silent",
    Moody: "repeatable",
    Gossiping: "fresh",
    Clinging: "deepcopy",
    Locked: "pickle",
    NotANumber: "json",
    Forgetful: "json",
    HalfStored: "json",
    Mixing: "jobs-apart",
    Pedantic: "equal-jobs",
    StartingAnew: "registered-again",
    Fractional: "registered-sizes",
    Inventive: "registered-sizes",
    Despairing: "failing-runs",
    Narrow: "any-scale",
    Credulous: "unknown-size",
    Brittle: "unknown-size",
}


@pytest.mark.parametrize("policy", BROKEN)
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_exactly_that_rule_is_reported(policy):
    """A policy that breaks one rule is told so in its name, and nothing else."""
    with pytest.raises(ContractError) as caught:
        check_batch_size_policy(policy)
    assert list(caught.value.broken) == [BROKEN[policy]]


def test_every_rule_can_fail():
    """There is a broken policy for each rule, so that none of them holds for whatever comes."""
    assert {str(check) for check in batch_size_checks()} == set(BROKEN.values())


def test_all_breaches_are_told_at_once():
    """A contract error lists every broken rule with what went wrong, and is an assertion for pytest."""

    class Bad(Nameless, Talkative):
        pass

    with pytest.raises(AssertionError, match=r"named: .* is called None; silent: .* printed 'let me think'") as caught:
        check_batch_size_policy(Bad)
    assert isinstance(caught.value, PolicyError)


def test_a_factory_may_do_without_a_seed():
    """A factory that takes no seed is called without; one that fails breaks every rule and harms no test run."""
    check_batch_size_policy(lambda: create("grid"))

    def fails():
        raise OSError("no disk")

    with pytest.raises(ContractError, match="no disk") as caught:
        check_batch_size_policy(fails)
    assert len(caught.value.broken) == len(batch_size_checks())
