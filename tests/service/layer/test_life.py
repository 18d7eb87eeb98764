"""A job from its registration to its deletion, the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from layered import LATER, NOW, a_spec, an_arm, finish, hand_out

from simulator.cost import weigh
from simulator.errors import JobConflictError
from simulator.service.model import Ending, Job, Stage, Trial, TrialStatus, TrialType


def test_a_new_job_has_everything_still_before_it(sessions):
    """It stands at its default batch size, in stage Pruning, without a lowest cost; every field comes back."""
    spec = a_spec(job_id_prefix="res", beta=None, power_policy="jit", power_limits_w=(200, 100), lease_s=7.5, gpu="été")

    async def create(layer):
        return await layer.create_job(spec, seed=2**80)

    created = sessions(create)
    assert replace(created, revision=0) == Job(
        job_id="resnet",
        spec=spec,
        seed=2**80,
        stage=Stage.PRUNING,
        min_cost=None,
        min_cost_batch_size=32,
        exp_default_batch_size=32,
        last_trial_number=0,
        n_observed=0,
        revision=0,
        exhausted=False,
        created_at=NOW,
    )

    async def fetch(layer):
        return await layer.get_job("resnet"), await layer.get_job("resnet", lock=True), await layer.get_job("bert")

    assert sessions(fetch) == (created, created, None)


def test_no_two_jobs_share_a_name(sessions):
    """The second is refused, and the first stays as it is; the session can go on."""
    sessions.register()

    async def story(layer):
        with pytest.raises(JobConflictError, match="resnet"):
            await layer.create_job(a_spec(gpu="v100"), seed=2)
        return await layer.get_job("resnet")

    assert sessions(story).spec.gpu == "a40"


def test_a_whole_life(sessions):
    """Register, explore, move on, learn, delete: each step sees what earlier sessions stored."""
    sessions.register(a_spec(window_size=2), a_spec("bert"))

    async def explore(layer):
        job = await layer.get_job("resnet", lock=True)
        trial = await hand_out(layer, 32, TrialType.EXPLORATION)
        assert trial == Trial(
            job_id="resnet",
            number=1,
            batch_size=32,
            power_limit_w=None,
            type=TrialType.EXPLORATION,
            status=TrialStatus.DISPATCHED,
            ending=None,
            reason="a test",
            epoch=0,
            energy_j=0.0,
            time_s=0.0,
            metric=None,
            cost=None,
            converged=None,
            observation=None,
            started_at=NOW,
            ended_at=None,
            lease_until=LATER,
        )
        await hand_out(layer, 16, TrialType.EXPLORATION)
        await hand_out(layer, 16, TrialType.EXPLORATION)
        return job

    async def learn(layer):
        job = await layer.get_job("resnet", lock=True)
        assert job.last_trial_number == 3
        first = await layer.get_trial("resnet", 32, 1)
        ended = await finish(layer, first, 100.0)
        assert ended == await layer.get_trial("resnet", None, 1)
        assert ended == replace(
            first,
            status=TrialStatus.SUCCEEDED,
            ending=Ending.REPORTED,
            energy_j=100.0,
            time_s=1.0,
            cost=weigh(100.0, 1.0, 0.5, 300.0),
            converged=True,
            ended_at=sessions.now,
        )
        await layer.get_trial("resnet", 16, 2)
        await layer.update_trial("resnet", 16, 2, status=TrialStatus.FAILED)
        found = await layer.get_explorations_of_job("resnet")
        assert {size: [trial.number for trial in trials] for size, trials in found.items()} == {16: [3], 32: [1]}
        assert list(found) == [16, 32]

    async def sample(layer):
        job = await layer.get_job("resnet", lock=True)
        assert (job.min_cost, job.min_cost_batch_size) == (200.0, 32)
        assert (await layer.update_job_stage("resnet", Stage.MAB)).stage is Stage.MAB
        await layer.create_arms([an_arm(batch_size=64), an_arm(batch_size=32)])
        for energy_j in (10.0, 20.0, 30.0):
            await finish(layer, await hand_out(layer, 32), energy_j, converged=energy_j > 10)
        latest = await layer.get_trial_results_of_bs("resnet", 32)
        assert [trial.energy_j for trial in latest] == [30.0, 20.0]  # newest first, as many as the window holds
        assert await layer.get_arm("resnet", 32) == an_arm(batch_size=32)
        learned = an_arm(batch_size=32, mean=-7.0, n_observations=5)
        await layer.update_arm_state("resnet", 32, 6, learned)
        assert await layer.get_arms("resnet") == [learned, an_arm(batch_size=64)]
        assert await layer.get_arm("resnet", 16) is None
        assert (await layer.update_exp_default_bs("resnet", 64)).exp_default_batch_size == 64

    async def delete(layer):
        job = await layer.get_job("resnet")
        assert (job.min_cost, job.stage, job.exp_default_batch_size) == (160.0, Stage.MAB, 64)
        await layer.append_rewards("resnet", [(1, 0, -200.0)])
        await layer.remember_key("resnet", "again", fingerprint="dispatch", answer=6)
        assert await layer.delete_job("resnet")
        assert not await layer.delete_job("resnet")

    async def look(layer):
        assert await layer.get_job("resnet") is None
        assert await layer.get_trial("resnet", 32, 1) is None
        assert await layer.get_arms("resnet") == []
        assert await layer.list_trials("resnet") == []
        assert await layer.find_key("resnet", "again") is None
        assert [job.job_id for job in await layer.list_jobs()] == ["bert"]

    sessions(explore)
    sessions.now += timedelta(minutes=5)
    for step in (learn, sample, delete, look):
        sessions(step)


def test_numbers_go_on_after_a_deletion(sessions):
    """A late report of a deleted job's trial meets no trial of the job that has the name now, however often."""
    for first in (1, 3, 5):
        sessions.register()

        async def story(layer, first=first):
            assert (await layer.get_job("resnet")).last_trial_number == first - 1
            assert [(await hand_out(layer)).number for _ in range(2)] == [first, first + 1]
            assert await layer.get_rewards("resnet") == [[], [], []]
            await layer.delete_job("resnet")

        sessions(story)


def test_all_results_without_a_window(sessions):
    """A window of 0 holds all; trials under way, failed ones, and those of other sizes and jobs are no results."""
    sessions.register(a_spec(), a_spec("bert"))

    async def story(layer):
        await layer.get_job("resnet")
        for number in range(1, 6):
            await finish(layer, await hand_out(layer, 32), float(number), converged=number % 2 == 0)
        await finish(layer, await hand_out(layer, 64))
        await layer.update_trial("resnet", 32, (await hand_out(layer, 32)).number, status=TrialStatus.FAILED)
        await hand_out(layer, 32)
        assert [trial.number for trial in await layer.get_trial_results_of_bs("resnet", 32)] == [5, 4, 3, 2, 1]
        assert await layer.get_trial_results_of_bs("resnet", 16) == []

    sessions(story)


def test_the_lowest_cost_is_one_of_a_run_that_converged(sessions):
    """Cheap failures do not lower it, nor does a dearer run, nor one that costs the same at another size."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        lowest = []
        runs = ((32, 50.0, False), (32, 40.0, True), (64, 10.0, False), (64, 40.0, True), (16, 30.0, True))
        for size, energy_j, converged in runs:
            await finish(layer, await hand_out(layer, size), energy_j, converged=converged)
            job = await layer.get_job("resnet")
            lowest.append((job.min_cost, job.min_cost_batch_size))
        assert lowest == [(None, 32), (170.0, 32), (170.0, 32), (170.0, 32), (165.0, 16)]

    sessions(story)


def test_runs_from_elsewhere_are_entered_at_once(sessions):
    """A recorded run has its result from the start, and counts for the lowest cost."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        recorded = await layer.record_trial(
            "resnet", TrialType.MAB, 64, reason="recorded", energy_j=3, time_s=4, converged=True, cost=5, observation=1
        )
        assert recorded == await layer.get_trial("resnet", 64, 1)
        assert (recorded.status, recorded.ending) == (TrialStatus.SUCCEEDED, Ending.RECORDED)
        assert recorded.started_at == recorded.ended_at == NOW
        job = await layer.get_job("resnet")
        assert (job.min_cost, job.min_cost_batch_size, job.last_trial_number) == (5.0, 64, 1)

    sessions(story)
