"""What every stock policy does with jobs, sizes and stored state."""

from __future__ import annotations

import inspect
import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy import PlainStateOptimizer, create, create_power, names


@pytest.fixture
def policy(job):
    policy = create("grid")
    policy.register_job(job, [16, 32])
    return policy


@pytest.mark.parametrize(("sizes", "message"), [([], "list of different batch sizes"), ([8, 8], r"with \[8, 8\]")])
def test_sizes_are_a_list_of_different_numbers(job, sizes, message):
    """No batch size, or the same one twice, is nothing to choose from."""
    with pytest.raises(PolicyError, match=message):
        create("grid").register_job(job, sizes)


def test_registered_sizes_stay(policy, job):
    """Registering again with other sizes would make nonsense of what was learned, and says so."""
    policy.register_job(job, [16, 32])
    with pytest.raises(PolicyError, match=r"registered with batch sizes \[16, 32\] and cannot change to \[16\]"):
        policy.register_job(job, [16])


def test_a_failed_registration_leaves_no_trace(job):
    """A job that was refused can be registered properly afterwards."""
    policy, other = create("default"), replace(job, default_bs=None)
    with pytest.raises(PolicyError, match="needs a default batch size"):
        policy.register_job(other, [16, 32])
    with pytest.raises(PolicyError, match="is not registered with Default"):
        policy.predict(other)
    policy.register_job(job, [16, 32])
    assert policy.predict(job) == 32


def test_the_list_of_sizes_is_copied(policy, job):
    """What the caller does with its list afterwards is its own business."""
    sizes = [16, 32]
    policy.register_job(replace(job, dataset="other"), sizes)
    sizes.clear()
    assert policy.predict(replace(job, dataset="other")) == 32


def test_unknown_jobs_and_sizes_are_named(policy, job):
    """The error names what is registered."""
    with pytest.raises(PolicyError, match=r"unknown batch size 64 for Job.*registered are \[16, 32\]"):
        policy.observe(job, 64, 1.0)
    for call in (policy.predict, lambda job: policy.observe(job, 16, 1.0)):
        with pytest.raises(PolicyError, match="call register_job first"):
            call(replace(job, dataset="other"))


def test_verbose_policies_log(job, caplog):
    """Decisions go to the logger of all policies, under the policy's name; quiet ones say nothing."""
    caplog.set_level(logging.INFO, logger="simulator.policy")
    for verbose in (True, False):
        policy = create("grid", verbose=verbose)
        policy.register_job(job, [16, 32])
        policy.observe(job, policy.predict(job), 12.5, converged=True)
    assert [record.getMessage() for record in caplog.records] == [
        f"[Grid search] {job} -> batch size 32",
        f"[Grid search] {job} @ 32: cost 12.50, converged: True",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.pop("sizes"),
        lambda plain: plain.pop("states"),
        lambda plain: plain.update(states=3),
        lambda plain: plain.update(states=[]),
        lambda plain: plain["states"][0].pop("value"),
        lambda plain: plain["states"][0]["job"].pop("dataset"),
        lambda plain: plain["states"][0]["value"].pop("tally"),
        lambda plain: plain["states"][0]["value"].update(runs=["many"]),
        lambda plain: plain["states"][0]["value"]["tally"].pop("spent"),
        lambda plain: plain["states"][0]["value"]["tally"].update(runs=["many"]),
    ],
)
def test_a_foreign_state_is_refused(policy, job, change):
    """State that lacks something is a typed error, and what the policy knew before stays."""
    before = policy.state_dict()
    plain = json.loads(json.dumps(before))
    change(plain)
    with pytest.raises(PolicyError, match="state"):
        policy.load_state_dict(plain)
    assert policy.state_dict() == before


def test_the_state_of_another_policy_is_refused(policy):
    """A grid search does not continue as a bandit, nor a power policy as either."""
    for other in (create("random"), create("pruning-gts"), create_power("jit")):
        with pytest.raises(PolicyError, match="stored state does not fit"):
            other.load_state_dict(policy.state_dict())


def test_jobs_of_a_trace_survive_json():
    """A job made from rows of a trace holds numpy's numbers; JSON has none of those, nor infinities."""
    job = Job("d", "n", "adam", np.float64(np.inf), np.int64(6), default_bs=np.int64(32), command=["a", "{bs}"])
    policy = create("grid")
    policy.register_job(job, [16, 32])
    twin = create("grid")
    twin.load_state_dict(json.loads(json.dumps(policy.state_dict(), allow_nan=False)))
    assert twin.predict(job) == 32


@pytest.mark.parametrize("name", names())
def test_stock_policies_decide_by_functions_of_the_state_alone(name):
    """Every engine can run them: two static module-level functions that know neither the policy nor anything around."""
    policy = create(name)
    for method, arguments in (("_choose", ["state"]), ("_learn", ["state", "position", "cost", "converged"])):
        found = inspect.getattr_static(policy, method)
        assert isinstance(found, staticmethod)
        function = found.__func__
        assert inspect.isfunction(function)
        assert function.__qualname__ == function.__name__
        assert function.__closure__ is None
        assert list(inspect.signature(function).parameters) == arguments


def test_a_policy_says_what_its_state_is():
    """An author who forgets to name the state type is told how to."""

    class Vague(PlainStateOptimizer):
        name = "vague"
        _start = _choose = _learn = None

    with pytest.raises(TypeError, match=r"class Vague\(PlainStateOptimizer\[State\]\)"):
        Vague().load_state_dict({"sizes": [], "states": []})
