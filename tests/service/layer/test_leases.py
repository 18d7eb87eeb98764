"""Trials under way are heard of, fall silent, come back, and change places."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from layered import LATER, NOW, a_spec, finish, hand_out

from simulator.errors import BadOperationError
from simulator.service.model import Ending, TrialStatus, TrialType

EXPLORATION, CONCURRENT, MAB = TrialType
SECOND = timedelta(seconds=1)


def test_a_report_renews_and_a_heartbeat_only_renews(sessions):
    """Progress is stored with a report; a heartbeat leaves it as it is."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        trial = await hand_out(layer)
        reported = await layer.renew_trial(
            "resnet", 32, 1, lease_until=LATER + SECOND, epoch=3, energy_j=4, time_s=5, metric=0.5
        )
        assert reported == replace(trial, lease_until=LATER + SECOND, epoch=3, energy_j=4.0, time_s=5.0, metric=0.5)
        beaten = await layer.renew_trial("resnet", None, 1, lease_until=LATER + 2 * SECOND)
        assert beaten == replace(reported, lease_until=LATER + 2 * SECOND)
        diverged = await layer.renew_trial("resnet", 32, 1, lease_until=LATER, epoch=4, energy_j=5, time_s=6)
        assert diverged.metric is None
        assert await layer.update_power_limit("resnet", 1, 250) == replace(diverged, power_limit_w=250)
        assert await layer.get_trial("resnet", 32, 1) == replace(diverged, power_limit_w=250)

    sessions(story)


def test_silent_trials_expire(sessions):
    """Those whose lease is over fail, of this job only, once; the moment itself is still within the lease."""
    sessions.register(a_spec(), a_spec("bert"))

    async def hand_all_out(layer):
        for job_id in ("bert", "resnet"):
            await layer.get_job(job_id)
            for minutes in (3, 1, 2):
                await layer.create_trial(job_id, MAB, 32, reason="", lease_until=NOW + timedelta(minutes=minutes))

    async def expire(layer):
        now = NOW + timedelta(minutes=2)
        assert await layer.list_silent_jobs(now) == ["bert", "resnet"]
        assert await layer.list_silent_jobs(now, limit=1) == ["bert"]
        await layer.get_job("resnet")
        assert [trial.number for trial in await layer.expire_trials("resnet", now)] == [2]
        await layer.get_trial("resnet", 32, 3)
        expired = await layer.expire_trials("resnet", now + SECOND)
        assert [(trial.number, trial.status, trial.ending) for trial in expired] == [
            (3, TrialStatus.FAILED, Ending.EXPIRED)
        ]
        assert expired == [await layer.get_trial("resnet", 32, 3)]
        assert await layer.expire_trials("resnet", now + SECOND) == []
        assert await layer.list_silent_jobs(now) == ["bert"]
        await layer.get_job("bert")
        await layer.get_trial("bert", 32, 1)
        await layer.renew_trial("bert", 32, 1, lease_until=NOW + timedelta(minutes=4))
        assert [trial.number for trial in await layer.expire_trials("bert", LATER)] == [1, 2, 3]
        assert [await layer.list_silent_jobs(moment) for moment in (NOW, LATER)] == [[], ["resnet"]]

    for story in (hand_all_out, expire):
        sessions(story)


def test_a_fetched_trial_that_expires_is_known_to_have_failed(sessions):
    """What was fetched before it expired takes no result afterwards."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        trial = await hand_out(layer)
        await layer.expire_trials("resnet", LATER + SECOND)
        with pytest.raises(BadOperationError):
            await finish(layer, trial)

    sessions(story)


def test_an_expired_trial_is_revived_and_an_ended_one_is_not(sessions):
    """Work is not lost when its trial was silent for too long; what its client ended stays ended."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        trial = await hand_out(layer, 32, EXPLORATION)
        await layer.expire_trials("resnet", LATER + SECOND)
        await layer.get_trial("resnet", 32, 1)
        await layer.note_observation("resnet", 1, 1, cost=7.0)
        noted = await layer.get_trial("resnet", 32, 1)
        assert (noted.observation, noted.cost, noted.converged) == (1, 7.0, False)
        revived = await layer.revive_trial("resnet", 1, type=CONCURRENT, lease_until=LATER)
        assert revived == replace(trial, type=CONCURRENT, observation=1)
        ended = await finish(layer, revived)
        assert (ended.observation, ended.cost, ended.converged) == (1, 200.0, True)
        with pytest.raises(BadOperationError, match="did not expire"):
            await layer.revive_trial("resnet", 1, type=MAB, lease_until=LATER)
        await hand_out(layer)
        await layer.update_trial("resnet", 32, 2, status=TrialStatus.FAILED)
        with pytest.raises(BadOperationError, match="did not expire"):
            await layer.revive_trial("resnet", 2, type=MAB, lease_until=LATER)
        with pytest.raises(BadOperationError):
            await layer.note_observation("resnet", (await hand_out(layer)).number, 2)

    sessions(story)


def test_a_trial_changes_its_type(sessions):
    """Whether it explores is known from then on."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        await hand_out(layer, 32, CONCURRENT)
        await hand_out(layer, 32, EXPLORATION)
        assert (await layer.get_running_exploration("resnet")).number == 2
        assert (await layer.update_trial_type("resnet", 2, MAB)).type is MAB
        assert await layer.get_running_exploration("resnet") is None
        await layer.get_trial("resnet", 32, 1)
        explores = await layer.update_trial_type("resnet", 1, EXPLORATION)
        assert await layer.get_running_exploration("resnet") == explores

    sessions(story)


def test_failures_in_a_row(sessions):
    """A success ends the row, and so does a failure that the policy was told of; other sizes do not count."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")

        async def last(by=None):
            trial = await layer.get_last_failure("resnet", 32, by=by)
            return trial and trial.number

        async def fail(size=32):
            sessions.now += SECOND
            trial = await hand_out(layer, size)
            await layer.update_trial("resnet", size, trial.number, status=TrialStatus.FAILED)
            return await last()

        assert await last() is None
        assert [await fail(), await fail(64), await fail()] == [1, 1, 3]
        assert [await last(NOW + k * SECOND) for k in range(4)] == [None, 1, 1, 3]
        await layer.note_observation("resnet", 3, 1)
        assert await last() is None
        assert await fail() == 4
        await finish(layer, await hand_out(layer))
        assert await last() is None
        await hand_out(layer)
        assert await fail() == 7

    sessions(story)
