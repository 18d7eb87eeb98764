"""What is updated was fetched in the same session; what is stored is something that can be stored."""

from __future__ import annotations

import pytest
from layered import LATER, NOW, a_spec, an_arm, fetch_all, finish, hand_out

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
    "update_trial_type": lambda layer: layer.update_trial_type("resnet", 1, TrialType.MAB),
}


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
