"""Sessions at the same time: what one fetched the other did not, and neither loses what the other stored."""

from __future__ import annotations

import asyncio

import pytest
from layered import LATER, a_spec, finish, hand_out

from simulator.errors import BadOperationError
from simulator.service.layer import ServiceLayer
from simulator.service.model import TrialStatus, TrialType


def test_layers_do_not_share_what_was_fetched(sessions):
    """Even two layers over the same session each fetch for themselves."""
    sessions.register(a_spec(), a_spec("bert"))

    async def story(session):
        first, second = ServiceLayer(session), ServiceLayer(session)
        await first.get_job("resnet")
        await second.get_job("bert")
        with pytest.raises(BadOperationError):
            await second.update_job_stage("resnet")
        with pytest.raises(BadOperationError):
            await first.update_job_stage("bert")
        await first.update_job_stage("resnet")
        await second.update_job_stage("bert")

    sessions.run(sessions.database.run(story))


def test_a_trial_that_another_ended_meanwhile_is_refused(sessions):
    """What a layer fetched may be out of date; what is stored decides."""
    sessions.register()

    async def story(session):
        first, second = ServiceLayer(session), ServiceLayer(session)
        await first.get_job("resnet")
        await second.get_job("resnet")
        trial = await hand_out(first)
        await second.get_trial("resnet", 32, 1)
        await finish(first, trial, 1.0)
        with pytest.raises(BadOperationError, match="ended already"):
            await finish(second, trial, 2.0)
        with pytest.raises(BadOperationError, match="not Dispatched"):
            await second.renew_trial("resnet", 32, 1, lease_until=LATER)
        assert (await first.get_trial("resnet", 32, 1)).energy_j == 1.0

    sessions.run(sessions.database.run(story))


def test_a_locked_job_is_changed_by_one_at_a_time(sessions):
    """Each session sees what the one before it stored, so that nothing is lost between reading and writing."""
    sessions.register()

    async def one(layer):
        job = await layer.get_job("resnet", lock=True)
        await layer.update_exp_default_bs("resnet", job.exp_default_batch_size + 1)

    async def all_at_once():
        await asyncio.gather(*(sessions.database.run(lambda session: one(ServiceLayer(session))) for _ in range(16)))

    async def look(layer):
        assert (await layer.get_job("resnet")).exp_default_batch_size == 32 + 16

    sessions.run(all_at_once())
    sessions(look)


@pytest.mark.parametrize("lock", [False, True])
def test_many_sessions_hand_out_and_report(sessions, lock):
    """Numbers are given out once each, and the lowest cost is the lowest, whether or not sessions lock the job."""
    sessions.register()

    async def one(layer, energy_j):
        await layer.get_job("resnet", lock=lock)
        trial = await hand_out(layer)
        await finish(layer, trial, energy_j)
        return trial.number

    async def all_at_once():
        return await asyncio.gather(
            *(
                sessions.database.run(lambda session, k=k: one(ServiceLayer(session), float(k * 7 % 12)))
                for k in range(12)
            )
        )

    assert sorted(sessions.run(all_at_once())) == list(range(1, 13))

    async def look(layer):
        job = await layer.get_job("resnet")
        costs = [trial.cost for trial in await layer.list_trials("resnet")]
        assert (job.last_trial_number, job.min_cost) == (12, min(costs))

    sessions(look)


def test_one_of_many_ends_a_trial(sessions):
    """Sessions that all found the trial under way: one stores its result, the others are refused."""
    sessions.register()

    async def begin(layer):
        await layer.get_job("resnet")
        await layer.create_trial("resnet", TrialType.MAB, 32, reason="", lease_until=LATER)

    async def end(layer, energy_j):
        await layer.get_job("resnet")
        trial = await layer.get_trial("resnet", 32, 1)
        try:
            await finish(layer, trial, energy_j)
        except BadOperationError:
            return None
        return energy_j

    async def all_at_once():
        return await asyncio.gather(
            *(sessions.database.run(lambda session, k=k: end(ServiceLayer(session), float(k))) for k in range(6))
        )

    sessions(begin)
    stored = [energy_j for energy_j in sessions.run(all_at_once()) if energy_j is not None]

    async def look(layer):
        trial = await layer.get_trial("resnet", 32, 1)
        assert (trial.status, [trial.energy_j]) == (TrialStatus.SUCCEEDED, stored)

    sessions(look)
