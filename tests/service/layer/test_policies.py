"""A policy's state is stored in parts, each exactly as it was."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layered import a_spec, an_arm, hand_out

from simulator.errors import BadOperationError
from simulator.service.layer import PolicyRows
from simulator.service.model import TrialStatus

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def bits(number: float) -> bytes:
    """All that a number is made of."""
    return struct.pack("d", number)


def test_only_what_is_given_changes(sessions):
    """State, stream, power, counts: each is stored without the others."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        stored = await layer.get_policy_rows("resnet")
        assert (stored.state, stored.power) == (None, None)
        await layer.update_policy("resnet", revision=2**63 - 1, state={"walk": [1, "inf"]}, n_observed=3)
        job = await layer.update_policy("resnet", revision=7, power=[0.1], exhausted=True)
        assert job == await layer.get_job("resnet")
        assert (job.revision, job.n_observed, job.exhausted) == (7, 3, True)
        rows = await layer.get_policy_rows("resnet")
        assert rows == PolicyRows(state={"walk": [1, "inf"]}, power=[0.1], generator=stored.generator)

    sessions(story)


def test_rewards_are_read_in_the_order_told(sessions):
    """By position, from the first or from where a copy ends, whatever order they were stored in."""
    sessions.register(a_spec(), a_spec("bert"))

    async def story(layer):
        await layer.get_job("bert")
        await layer.append_rewards("bert", [(0, 0, -99.0)])
        await layer.get_job("resnet")
        await layer.append_rewards("resnet", [])
        await layer.append_rewards("resnet", [(2, 0, -1.0), (0, 1, -3.0), (0, 0, -2.0)])
        await layer.append_rewards("resnet", [(0, 2, -4.0)])
        assert await layer.get_rewards("resnet") == [[-2.0, -3.0, -4.0], [], [-1.0]]
        assert await layer.get_rewards("resnet", since=[1, 0, 1]) == [[-3.0, -4.0], [], []]
        assert await layer.get_rewards("resnet", since=[3, 0, 1]) == [[], [], []]

    sessions(story)


def test_rewards_are_never_changed(sessions):
    """One that is there already is refused, and nothing of that session stays."""
    sessions.register()

    async def append(layer):
        await layer.get_job("resnet")
        await layer.append_rewards("resnet", [(0, 0, -1.0)])

    async def read(layer):
        await layer.get_job("resnet")
        return await layer.get_rewards("resnet")

    sessions(append)
    with pytest.raises(BadOperationError, match="never changed"):
        sessions(append)
    assert sessions(read) == [[-1.0], [], []]


def test_beliefs_are_stored_as_a_whole(sessions):
    """Arms that are there change, others appear; infinite and undefined numbers survive."""
    sessions.register()

    async def story(layer):
        await layer.get_job("resnet")
        await layer.put_arms([])
        await layer.put_arms([an_arm(batch_size=64)])
        arms = [an_arm(batch_size=32, precision=math.inf), an_arm(batch_size=64, mean=-0.1, reward_precision=math.inf)]
        await layer.put_arms(arms)
        assert await layer.get_arms("resnet") == arms
        await layer.put_arms([an_arm(batch_size=16, mean=math.nan, precision=0.0)])
        assert math.isnan((await layer.get_arm("resnet", 16)).mean)

    sessions(story)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    numbers=st.lists(FINITE, min_size=4, max_size=4),
    amounts=st.lists(st.floats(0, 1e150), min_size=2, max_size=2),
    revision=st.integers(0, 2**63 - 1),
    seed=st.integers(0, 2**200),
)
def test_numbers_come_back_to_the_bit(sessions, numbers, amounts, revision, seed):
    """Of specs, trials, arms, rewards, states; and whole numbers larger than any machine's."""
    spec = a_spec(target_metric=numbers[0], prior_mean=numbers[1])

    async def store(layer):
        await layer.delete_job("resnet")
        await layer.create_job(spec, seed=seed)
        await layer.get_job("resnet")
        await layer.update_policy("resnet", revision=revision, state=numbers)
        await layer.append_rewards("resnet", [(1, 0, numbers[2])])
        await layer.create_arms([an_arm(mean=numbers[2], precision=numbers[3])])
        trial = await hand_out(layer)
        await layer.update_trial(
            "resnet",
            32,
            trial.number,
            status=TrialStatus.SUCCEEDED,
            energy_j=amounts[0],
            time_s=amounts[1],
            converged=True,
            cost=amounts[1],
            metric=numbers[3],
        )

    async def read(layer):
        job = await layer.get_job("resnet")
        arm, trial = await layer.get_arm("resnet", 32), await layer.get_trial("resnet", None, job.last_trial_number)
        assert (job.seed, job.revision, job.spec) == (seed, revision, spec)
        found = [job.spec.target_metric, job.spec.prior_mean, arm.mean, arm.precision]
        assert [bits(number) for number in found] == [bits(number) for number in numbers]
        found = [trial.energy_j, trial.time_s, job.min_cost, trial.metric, (await layer.get_rewards("resnet"))[1][0]]
        expected = [*amounts, amounts[1], numbers[3], numbers[2]]
        assert [bits(number) for number in found] == [bits(number) for number in expected]
        assert [bits(number) for number in (await layer.get_policy_rows("resnet")).state] == [bits(n) for n in numbers]

    for story in (store, read):
        sessions(story)
