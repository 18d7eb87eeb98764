"""ε-greedy: chance decides with probability ε, knowledge otherwise."""

from __future__ import annotations

import math

import pytest

from simulator.errors import PolicyError
from simulator.policy.epsilon_greedy import EpsilonGreedyBatchSizeOptimizer

SIZES = [16, 32, 64, 128]


def cheaper_if_larger(size, run):
    return 1000 / size, True


@pytest.mark.parametrize("epsilon", [0.1, 0.5])
def test_the_share_of_random_choices(job, play, epsilon):
    """Once all is known, the share of other sizes is ε·3/4, within 4 standard errors (error rate 6e-5)."""
    policy = EpsilonGreedyBatchSizeOptimizer(epsilon, seed=1)
    policy.register_job(job, SIZES)
    for size in SIZES:
        policy.observe(job, size, 1000 / size, converged=True)
    runs, share = 2000, epsilon * 3 / 4
    others = sum(size != 128 for size in play(policy, cheaper_if_larger, runs))
    assert abs(others / runs - share) < 4 * math.sqrt(share * (1 - share) / runs)


def test_zero_never_explores(job, play):
    """With ε = 0 the default is all it ever learns of, as long as it works."""
    policy = EpsilonGreedyBatchSizeOptimizer(0)
    policy.register_job(job, SIZES)
    assert set(play(policy, cheaper_if_larger, 50)) == {32}


@pytest.mark.parametrize("epsilon", [0, 1])
def test_until_something_works_sizes_take_turns(job, play, epsilon):
    """A default that fails is followed by the others in turn, without chance; then by what worked, or by chance."""
    policy = EpsilonGreedyBatchSizeOptimizer(epsilon)
    policy.register_job(job, SIZES)
    assert play(policy, lambda size, run: (1.0, size == 64), 3) == [32, 16, 64]
    assert (set(play(policy, lambda size, run: (1.0, True), 30)) == {64}) == (epsilon == 0)


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, math.nan])
def test_epsilon_is_a_probability(epsilon):
    """Anything outside 0 to 1 is refused."""
    with pytest.raises(PolicyError, match="probability"):
        EpsilonGreedyBatchSizeOptimizer(epsilon)
