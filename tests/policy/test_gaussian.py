"""Gaussian arms: the published bandit's beliefs and choices, to the last bit."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from zeus._legacy.policy.mab import GaussianTS

from simulator.errors import PolicyError
from simulator.policy.gaussian import GaussianArms, pull, refit, update
from simulator.policy.history import History
from simulator.policy.stream import RandomStream

REWARDS = st.sampled_from([-1.0, -2.0, -2.0, -3.5, -1e-3, -1e9, 0.0]) | st.floats(-1e9, 1e3)
PRECISIONS = st.sampled_from([0.0, 1.0, math.inf]) | st.floats(1e-6, 1e6)
PRIORS = st.fixed_dictionaries(
    {
        "prior_mean": st.floats(-1e3, 1e3),
        "prior_precision": st.sampled_from([0.0, 1.0]) | st.floats(1e-6, 1e3),
        "num_exploration": st.integers(0, 3),
    }
)
#: Lists of (arm, its new rewards), an empty list meaning a pull.
DEEDS = st.lists(st.tuples(st.integers(0, 4), st.lists(REWARDS, max_size=12)), max_size=25)


def same(ours: float, published: float) -> bool:
    """Equal to the last bit, or both no number."""
    return ours == published or (math.isnan(ours) and math.isnan(published))


def assert_same_beliefs(ours: GaussianArms, published: GaussianTS) -> None:
    for arm in range(ours.n):
        assert same(ours.mean[arm], published.arm_param_mean[arm])
        assert same(ours.precision[arm], published.arm_param_prec[arm])
        assert same(ours.reward_precision[arm], published.arm_reward_prec[arm])
        assert ours.count[arm] == published.arm_num_observations[arm]


@given(st.lists(PRECISIONS, min_size=1, max_size=5), PRIORS, st.integers(0, 2**32), DEEDS)
@example([0.0], {"prior_mean": 0.0, "prior_precision": 0.0, "num_exploration": 0}, 0, [(0, [-1.0]), (0, [])])
def test_updates_and_pulls_are_the_published_ones(precisions, prior, seed, deeds):
    """Reward by reward with known precisions, ours believe and choose what the published bandit does."""
    n = len(precisions)
    ours, stream = GaussianArms.cold(precisions, **prior), RandomStream(seed)
    published = GaussianTS(list(range(n)), list(precisions), **prior, seed=seed, verbose=False)
    for arm, rewards in deeds:
        for reward in rewards[:2]:
            update(ours, arm % n, reward)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the published one divides by zero on the way to the same numbers
            for reward in rewards[:2]:
                published.fit_arm(arm % n, np.array([reward]), reset=False)
            wanted = None if rewards else published.predict()
        assert rewards or pull(ours, stream) == wanted
        assert_same_beliefs(ours, published)


@given(st.integers(1, 5), PRIORS, st.integers(0, 2**32), DEEDS)
def test_refits_are_the_published_ones(n, prior, seed, deeds):
    """Made anew from an arm's latest rewards, variance included, beliefs are the published ones; ties are infinite."""
    ours, stream = GaussianArms.cold([0.0] * n, **prior), RandomStream(seed)
    history = History(n)  # of positions, here the arms in descending order
    published = GaussianTS(list(range(n)), 0.0, **prior, seed=seed, verbose=False)
    for arm, rewards in deeds:
        for reward in rewards:
            history.append(n - 1 - arm % n, reward)
        if rewards:
            refit(ours, arm % n, history, n - 1 - arm % n, len(rewards))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if rewards:
                published.arm_reward_prec[arm % n] = np.reciprocal(np.var(np.array(rewards)))
                published.fit_arm(arm % n, np.array(rewards), reset=True)
            wanted = None if rewards else published.predict()
        assert rewards or pull(ours, stream) == wanted
        assert_same_beliefs(ours, published)


@pytest.mark.parametrize("n", [3, 9, 127, 128, 129, 400, 1000])
def test_long_histories_sum_as_numpy_does(n):
    """Sums run pairwise, as numpy's do, where plain addition would differ in the last bit."""
    rewards = (-np.random.default_rng(n).lognormal(5, 2, n)).tolist()
    ours, history = GaussianArms.cold([0.0]), History.from_plain([rewards])
    refit(ours, 0, history, 0, n)
    assert ours.reward_precision[0] == 1 / np.var(rewards)
    assert ours.mean[0] == ours.reward_precision[0] * np.sum(rewards) / (n * ours.reward_precision[0])


@pytest.mark.parametrize("rewards", [[-math.inf], [-1.0, -math.inf], [-math.inf, -1.0, -math.inf]])
def test_infinite_costs_leave_no_number(rewards):
    """A variance that is no number is not one of zero: beliefs become NaN, as the published ones do."""
    ours, published = GaussianArms.cold([0.0]), GaussianTS([0], 0.0, verbose=False)
    with np.errstate(invalid="ignore"):
        refit(ours, 0, History.from_plain([rewards]), 0, len(rewards))
        published.arm_reward_prec[0] = np.reciprocal(np.var(np.array(rewards)))
        published.fit_arm(0, np.array(rewards), reset=True)
    assert math.isnan(ours.mean[0])
    assert_same_beliefs(ours, published)


def test_only_the_first_n_arms_take_part():
    """Arms that stand behind the first n, as those of pruned sizes do, are neither pulled nor cost a draw."""
    many, few = GaussianArms.cold([1.0] * 5), GaussianArms.cold([1.0] * 3)
    many.n = 3
    streams = RandomStream(1), RandomStream(1)
    for run in range(40):
        arm, wanted = pull(many, streams[0]), pull(few, streams[1])
        assert arm == wanted < 3
        for arms in (many, few):
            update(arms, arm, -float(run % 4))
    assert streams[0] == streams[1]


@pytest.mark.parametrize("bad", [{"prior_precision": -1.0}, {"reward_precision": [1.0, -1.0]}])
def test_negative_precision_is_refused(bad):
    """A precision is 1/variance and cannot be negative: the error says so at once, not a NaN later."""
    with pytest.raises(PolicyError, match="cannot be negative"):
        GaussianArms.cold(**{"reward_precision": [1.0], **bad})
