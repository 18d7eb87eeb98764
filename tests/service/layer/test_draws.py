"""A job's draws are those of one continuous generator, whoever else draws, in however many sessions."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from layered import a_spec

from simulator.errors import BadValueError
from simulator.policy.stream import RandomStream
from simulator.service.layer import ServiceLayer

SIZES = [8, 16, 32, 64, 128]


def test_draws_over_many_sessions_are_one_sequence(sessions):
    """Permutations and normals, mixed over two jobs and a session each, equal two generators that never stopped."""
    sessions.register(a_spec("resnet", seed=7), seed=7)
    sessions.register(a_spec("bert", seed=8), seed=8)
    generators = {"resnet": np.random.default_rng(7), "bert": np.random.default_rng(8)}
    for k in range(24):
        job_id = "bert" if k % 3 == 0 else "resnet"
        expected = generators[job_id]

        async def story(layer, job_id=job_id, k=k):
            await layer.get_job(job_id, lock=k % 2 == 0)
            order = await layer.get_random_choices(job_id, SIZES)
            return order, [await layer.get_normal(job_id, -100.0 * k, 0.1 + k) for _ in range(k % 4)]

        order, normals = sessions(story)
        assert order == expected.choice(np.array(SIZES), len(SIZES), replace=False).tolist()
        assert normals == [expected.normal(-100.0 * k, 0.1 + k) for _ in range(k % 4)]


def test_a_session_that_fails_draws_nothing(sessions):
    """What is rolled back was not drawn: the next session draws it again."""
    sessions.register()

    async def fails(layer):
        await layer.get_job("resnet")
        await layer.get_random_choices("resnet", SIZES)
        raise KeyError("on purpose")

    async def succeeds(layer):
        await layer.get_job("resnet")
        return await layer.get_random_choices("resnet", SIZES)

    with pytest.raises(KeyError):
        sessions(fails)
    assert sessions(succeeds) == np.random.default_rng(1).choice(SIZES, 5, replace=False).tolist()


def test_policy_and_layer_draw_from_one_stream(sessions):
    """What a policy stored is where draws go on, and a draw makes copies of the policy's state stale."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        stream = RandomStream.from_plain((await layer.get_policy_rows("resnet")).generator)
        assert stream == RandomStream(1)
        order = [0] * 3
        stream.permutation(order, 3)
        job = await layer.update_policy("resnet", revision=5, generator=stream.to_plain())
        assert job.revision == 5
        drawn = await layer.get_normal("resnet", 0.0, 1.0)
        noise = [0.0]
        stream.normals(noise, 1)
        assert drawn == noise[0]
        assert RandomStream.from_plain((await layer.get_policy_rows("resnet")).generator) == stream
        assert (await layer.get_job("resnet")).revision != 5

    sessions(story)


def test_a_job_without_a_stream_draws_nothing(sessions):
    """A stream that was lost is not begun anew behind anybody's back."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        await layer._jobs.update("resnet", generator_state=None)
        for draw in (layer.get_normal("resnet", 0, 1), layer.get_random_choices("resnet", [1])):
            with pytest.raises(BadValueError, match="no stored stream"):
                await draw

    sessions(story)


def test_sessions_at_the_same_time_draw_different_numbers(sessions):
    """Nobody locked the job, yet each draw is drawn once."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        return await layer.get_normal("resnet", 0.0, 1.0)

    async def all_at_once():
        return await asyncio.gather(
            *(sessions.database.run(lambda session: story(ServiceLayer(session))) for _ in range(6))
        )

    expected = np.random.default_rng(1)
    assert sorted(sessions.run(all_at_once())) == sorted(expected.normal() for _ in range(6))
