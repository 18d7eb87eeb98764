"""What is updated was fetched in the same session; what is stored is something that can be stored."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from layered import LATER, NOW, a_spec, an_arm, finish, hand_out

from simulator.errors import BadOperationError, BadValueError
from simulator.service.model import Stage, TrialStatus, TrialType

SUCCEEDED, FAILED = TrialStatus.SUCCEEDED, TrialStatus.FAILED
RESULT = {"energy_j": 1.0, "time_s": 1.0, "converged": True}

#: Methods that need the job, all called for the job "resnet".
NEED_THE_JOB = {
    "get_trial_results_of_bs": lambda layer: layer.get_trial_results_of_bs("resnet", 32),
    "create_trial": lambda layer: layer.create_trial("resnet", TrialType.MAB, 32, reason="", lease_until=LATER),
    "record_trial": lambda layer: layer.record_trial("resnet", TrialType.MAB, 32, reason="", **RESULT),
    "create_arms": lambda layer: layer.create_arms([an_arm()]),
    "put_arms": lambda layer: layer.put_arms([an_arm()]),
    "update_job_stage": lambda layer: layer.update_job_stage("resnet"),
    "update_exp_default_bs": lambda layer: layer.update_exp_default_bs("resnet", 32),
    "get_random_choices": lambda layer: layer.get_random_choices("resnet", [1, 2]),
    "get_normal": lambda layer: layer.get_normal("resnet", 0, 1),
    "update_arm_state": lambda layer: layer.update_arm_state("resnet", 32, 1, an_arm()),
    "update_trial": lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT),
    "expire_trials": lambda layer: layer.expire_trials("resnet", NOW),
    "get_policy_rows": lambda layer: layer.get_policy_rows("resnet"),
    "update_policy": lambda layer: layer.update_policy("resnet", revision=1),
    "get_rewards": lambda layer: layer.get_rewards("resnet"),
    "append_rewards": lambda layer: layer.append_rewards("resnet", [(0, 0, 1.0)]),
}

#: Methods that need trial 1 of batch size 32.
NEED_THE_TRIAL = {
    "update_trial, succeeded": lambda layer: layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT),
    "update_trial, failed": lambda layer: layer.update_trial("resnet", 32, 1, status=FAILED),
    "update_arm_state": lambda layer: layer.update_arm_state("resnet", 32, 1, an_arm()),
    "renew_trial": lambda layer: layer.renew_trial("resnet", 32, 1, lease_until=LATER),
    "update_power_limit": lambda layer: layer.update_power_limit("resnet", 1, 100),
    "revive_trial": lambda layer: layer.revive_trial("resnet", 1, type=TrialType.MAB, lease_until=LATER),
    "note_observation": lambda layer: layer.note_observation("resnet", 1, 1),
    "swap_trial_types": lambda layer: layer.swap_trial_types("resnet", 1, 2),
    "update_trial_type": lambda layer: layer.update_trial_type("resnet", 1, TrialType.MAB),
}


@pytest.fixture
def two_jobs(sessions):
    """Two jobs with arms, each with trials 1, of size 32, and 2, of size 64, under way."""
    sessions.register(a_spec(), a_spec("bert"))

    async def fill(layer):
        for job_id in ("resnet", "bert"):
            await layer.get_job(job_id)
            await layer.create_arms([an_arm(job_id, 32), an_arm(job_id, 64)])
            for size in (32, 64):
                await layer.create_trial(job_id, TrialType.MAB, size, reason="a test", lease_until=LATER)

    sessions(fill)
    return sessions


async def fetch_all(layer, job_id="resnet", batch_size=32, number=1):
    """Fetch a job, a trial of it, and the arm of its batch size."""
    assert await layer.get_job(job_id)
    assert await layer.get_trial(job_id, batch_size, number)
    assert await layer.get_arm(job_id, batch_size)


@pytest.mark.parametrize("method", NEED_THE_JOB)
def test_the_job_must_be_fetched(two_jobs, method):
    """Not at all, another one last, and in another session: none of these is fetched."""

    async def another_session(layer):
        await fetch_all(layer)

    async def without(layer):
        await layer.get_trial("resnet", 32, 1)
        await layer.get_arm("resnet", 32)
        with pytest.raises(BadOperationError, match="'resnet' was not fetched"):
            await NEED_THE_JOB[method](layer)

    async def another_last(layer):
        await fetch_all(layer)
        await layer.get_job("bert")
        with pytest.raises(BadOperationError, match="'resnet' was not fetched"):
            await NEED_THE_JOB[method](layer)

    for story in (another_session, without, another_last):
        two_jobs(story)


@pytest.mark.parametrize("method", NEED_THE_TRIAL)
def test_the_trial_must_be_fetched(two_jobs, method):
    """Not at all, another one last, or another job's of the same number: none of these is fetched."""

    async def refused(layer):
        with pytest.raises(BadOperationError, match=r"trial 1.* of job 'resnet' was not fetched"):
            await NEED_THE_TRIAL[method](layer)

    async def without(layer):
        await layer.get_job("resnet")
        await layer.get_arm("resnet", 32)
        await refused(layer)

    async def another_last(layer):
        await fetch_all(layer)
        await layer.get_trial("resnet", 64, 2)
        await refused(layer)

    async def of_another_job(layer):
        await fetch_all(layer)
        await layer.get_trial("bert", 32, 1)
        await refused(layer)

    for story in (without, another_last, of_another_job):
        two_jobs(story)


@pytest.mark.parametrize("method", ["get_trial_results_of_bs", "get_rewards", "get_policy_rows", "update_trial"])
def test_what_is_not_found_leaves_what_was_fetched(two_jobs, method):
    """Looking for what is not there forgets nothing."""

    async def story(layer):
        await fetch_all(layer)
        assert await layer.get_job("gpt") is None
        assert await layer.get_trial("resnet", 64, 1) is None  # number 1 is of size 32
        assert await layer.get_trial("resnet", 32, 99) is None
        assert await layer.get_arm("resnet", 16) is None
        await NEED_THE_JOB[method](layer)

    two_jobs(story)


def test_what_is_created_is_not_fetched(sessions):
    """A new job and a new trial are fetched before they are changed, as in the published service."""

    async def story(layer):
        await layer.create_job(a_spec(), seed=1)
        with pytest.raises(BadOperationError):
            await layer.update_job_stage("resnet")
        await layer.get_job("resnet")
        await layer.create_trial("resnet", TrialType.MAB, 32, reason="", lease_until=LATER)
        with pytest.raises(BadOperationError):
            await layer.update_trial("resnet", 32, 1, status=FAILED)

    sessions(story)


def test_what_is_deleted_is_forgotten(two_jobs):
    """Nothing of a deleted job can be changed; another job's things stay fetched."""

    async def story(layer):
        await fetch_all(layer)
        await layer.delete_job("bert")
        await layer.update_exp_default_bs("resnet", 16)
        await layer.delete_job("resnet")
        for method in (NEED_THE_JOB["update_job_stage"], NEED_THE_TRIAL["update_trial, failed"]):
            with pytest.raises(BadOperationError):
                await method(layer)

    two_jobs(story)


def test_a_trial_ends_once(two_jobs):
    """An ended trial takes no result, no failure, no lease, no power limit."""

    async def story(layer):
        await fetch_all(layer)
        await layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT)
        for again in ("update_trial, succeeded", "update_trial, failed", "renew_trial", "update_power_limit"):
            with pytest.raises(BadOperationError):
                await NEED_THE_TRIAL[again](layer)
        assert (await layer.get_trial("resnet", 32, 1)).status is SUCCEEDED
        await layer.get_trial("resnet", 64, 2)
        await layer.update_trial("resnet", 64, 2, status=FAILED)
        with pytest.raises(BadOperationError):
            await layer.update_trial("resnet", 64, 2, status=SUCCEEDED, **RESULT)

    two_jobs(story)


def test_a_failure_needs_no_job(two_jobs):
    """The trial alone is enough for it to fail, and it keeps no result."""

    async def story(layer):
        await layer.get_trial("resnet", 32, 1)
        failed = await layer.update_trial("resnet", 32, 1, status=FAILED, **RESULT)
        assert (failed.status, failed.converged, failed.cost, failed.energy_j) == (FAILED, None, None, 0.0)
        assert failed == await layer.get_trial("resnet", 32, 1)

    two_jobs(story)


@pytest.mark.parametrize("missing", ["energy_j", "time_s", "converged"])
def test_a_success_has_a_result(two_jobs, missing):
    """Energy, time and outcome are all there, or nothing is stored."""

    async def story(layer):
        await fetch_all(layer)
        with pytest.raises(BadValueError, match=missing):
            await layer.update_trial("resnet", 32, 1, status=SUCCEEDED, **RESULT | {missing: None})
        assert (await layer.get_trial("resnet", 32, 1)).status is TrialStatus.DISPATCHED

    two_jobs(story)


@pytest.mark.parametrize("type_", TrialType)
@pytest.mark.parametrize("stage", Stage)
def test_which_trials_teach_arms(sessions, type_, stage):
    """Those of type MAB, and once the job is in stage MAB those that were handed out beside an exploration."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        if stage is Stage.MAB:
            await layer.update_job_stage("resnet")
        await layer.create_arms([an_arm()])
        await layer.get_arm("resnet", 32)
        await finish(layer, await hand_out(layer, 32, type_))
        learned = an_arm(mean=-9.0)
        if type_ is TrialType.MAB or (type_, stage) == (TrialType.CONCURRENT, Stage.MAB):
            assert await layer.update_arm_state("resnet", 32, 1, learned) == learned
        else:
            with pytest.raises(BadOperationError, match=type_.value):
                await layer.update_arm_state("resnet", 32, 1, learned)
            learned = an_arm()
        assert await layer.get_arms("resnet") == [learned]

    sessions(story)


def test_the_arm_must_be_fetched_and_the_same(two_jobs):
    """No arm, an arm of another size, one of another job: a bad value each."""

    async def story(layer):
        await layer.get_job("resnet")
        await layer.get_trial("resnet", 32, 1)
        with pytest.raises(BadValueError, match="not fetched"):
            await layer.update_arm_state("resnet", 32, 1, an_arm())
        await layer.get_arm("resnet", 64)
        with pytest.raises(BadValueError, match="batch size 32"):
            await layer.update_arm_state("resnet", 32, 1, an_arm())
        await layer.get_arm("bert", 32)
        with pytest.raises(BadValueError, match="'resnet'"):
            await layer.update_arm_state("resnet", 32, 1, an_arm())
        with pytest.raises(BadValueError, match="'bert'"):
            await layer.update_arm_state("resnet", 32, 1, an_arm("bert"))

    two_jobs(story)


def test_arms_are_made_once_and_of_one_job(two_jobs):
    """Arms that are there already are not overwritten, nor does a job get those of another; none at all is fine."""

    async def story(layer):
        await layer.create_arms([])
        await layer.get_job("resnet")
        with pytest.raises(BadOperationError, match="already"):
            await layer.create_arms([an_arm(batch_size=16, mean=-9.0), an_arm(batch_size=32, mean=-9.0)])
        for arms in (
            [an_arm(batch_size=16), an_arm("bert", 16)],
            [an_arm(batch_size=7)],
            [an_arm(batch_size=16), an_arm(batch_size=16)],
            [an_arm(batch_size=16, n_observations=-1)],
        ):
            for method in (layer.create_arms, layer.put_arms):
                with pytest.raises(BadValueError):
                    await method(arms)
        assert (await layer.get_arm("resnet", 32)).mean == -1.5

    two_jobs(story)


def test_the_stage_moves_one_way(two_jobs):
    """A job is never moved back to Pruning."""

    async def story(layer):
        await layer.get_job("resnet")
        for _ in range(2):
            with pytest.raises(BadValueError, match="MAB"):
                await layer.update_job_stage("resnet", Stage.PRUNING)
            assert (await layer.update_job_stage("resnet", Stage.MAB)).stage is Stage.MAB

    two_jobs(story)


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
        assert await layer.count_failures(name, 32, limit=3) == 0
        assert await layer.list_observed(name) == await layer.list_trials(name) == await layer.sum_costs(name) == []
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
        assert await layer.count_failures("resnet", large, limit=large) == 0
        assert await layer.list_trials("resnet", after=large, limit=large) == []
        assert await layer.list_observed("resnet", after=large) == []

    two_jobs(story)
