"""What cannot be stored is refused by name, and what cannot be there is not found."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from layered import LATER, a_spec, fetch_all

from simulator.errors import BadValueError
from simulator.service.model import TrialStatus, TrialType

SUCCEEDED = TrialStatus.SUCCEEDED
RESULT = {"energy_j": 1.0, "time_s": 1.0, "converged": True}
NAIVE = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("batch_size", lambda layer: layer.get_trial("resnet", 0, 1)),
        ("number", lambda layer: layer.get_trial("resnet", 32, -1)),
        ("batch_size", lambda layer: layer.update_exp_default_bs("resnet", 0)),
        ("job_id", lambda layer: layer.create_job(a_spec(job_id=None), seed=1)),
        ("seed", lambda layer: layer.create_job(a_spec("gpt"), seed=-1)),
        ("batch_size", lambda layer: layer.create_trial("resnet", TrialType.MAB, 7, reason="", lease_until=LATER)),
        ("lease_until", lambda layer: layer.create_trial("resnet", TrialType.MAB, 32, reason="", lease_until=NAIVE)),
        ("reason", lambda layer: layer.create_trial("resnet", TrialType.MAB, 32, reason="\x00", lease_until=LATER)),
        ("energy_j", lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT | {"energy_j": -1})),
        (
            "time_s",
            lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT | {"time_s": math.inf}),
        ),
        ("cost", lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, cost=math.nan, **RESULT)),
        ("cost", lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT | {"time_s": 1e308})),
        ("metric", lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, metric=math.inf, **RESULT)),
        ("epoch", lambda layer: layer.renew_trial("resnet", 32, 1, lease_until=LATER, epoch=2**31)),
        ("status", lambda layer: layer.update_trial("resnet", 32, 1, status=TrialStatus.DISPATCHED)),
        ("power_limit_w", lambda layer: layer.update_power_limit("resnet", 1, 0)),
        ("nothing to choose", lambda layer: layer.get_random_choices("resnet", [])),
        ("scale", lambda layer: layer.get_normal("resnet", 0.0, -1.0)),
        ("loc", lambda layer: layer.get_normal("resnet", math.nan, 1.0)),
        ("revision", lambda layer: layer.update_policy("resnet", revision=2**63)),
        ("policy_state", lambda layer: layer.update_policy("resnet", revision=1, state={"cost": math.inf})),
        ("position", lambda layer: layer.append_rewards("resnet", [(3, 0, 1.0)])),
        ("reward", lambda layer: layer.append_rewards("resnet", [(0, 0, -math.inf)])),
        ("since", lambda layer: layer.get_rewards("resnet", since=[0])),
        ("limit", lambda layer: layer.list_jobs(limit=0)),
        ("after", lambda layer: layer.list_trials("resnet", after=-1)),
        ("key", lambda layer: layer.remember_key("", "k" * 401, fingerprint="", answer=1)),
        ("answer", lambda layer: layer.remember_key("", "k", fingerprint="", answer=math.nan)),
        ("before", lambda layer: layer.forget_keys(NAIVE)),
    ],
)
def test_values_that_cannot_be_stored_are_refused_by_name(two_jobs, name, call):
    """The refusal comes before the database is asked, so that the session can go on."""

    async def story(layer):
        await fetch_all(layer)
        with pytest.raises(BadValueError, match=name):
            await call(layer)
        assert (await layer.get_trial("resnet", 32, 1)).status is TrialStatus.DISPATCHED

    two_jobs(story)


@pytest.mark.parametrize("name", ["\x00", "nul\x00inside", "\ud800", "", "x" * 5000])
def test_names_that_no_job_can_have_find_nothing(sessions, name):
    """Looking for them is no error, on any database."""

    async def story(layer):
        assert await layer.get_job(name) is None
        assert await layer.get_trial(name, 32, 1) is None
        assert await layer.get_arm(name, 32) is None
        assert await layer.get_arms(name) == []
        assert await layer.get_explorations_of_job(name) == {}
        assert await layer.get_running_exploration(name) is None
        assert await layer.get_last_failure(name, 32) is None
        assert await layer.list_trials(name) == await layer.sum_costs(name) == []
        assert await layer.list_jobs(after=name, prefix=name) == []
        assert await layer.find_key(name, name) is None
        assert not await layer.delete_job(name)

    sessions(story)


def test_numbers_larger_than_any_column_find_nothing(two_jobs):
    """Neither trials nor arms have them."""

    async def story(layer):
        await layer.get_job("resnet")
        large = 2**70
        assert await layer.get_trial("resnet", None, large) is None
        assert await layer.get_trial("resnet", large, 1) is None
        assert await layer.get_arm("resnet", large) is None
        assert await layer.get_trial_results_of_bs("resnet", large) == []
        assert await layer.get_last_failure("resnet", large) is None
        assert await layer.list_trials("resnet", after=large, limit=large) == []

    two_jobs(story)
