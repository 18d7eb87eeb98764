"""UCB1: merit plus uncertainty."""

from __future__ import annotations

import math

import pytest

from simulator.errors import PolicyError
from simulator.policy.ucb import UCBBatchSizeOptimizer

SIZES = [16, 32, 64]


def index(costs, runs, weight):
    """Merit and uncertainty as the paper writes them."""
    n = sum(runs.values())
    best = min(costs.values())
    return {size: best / costs[size] + weight * math.sqrt(2 * math.log(n) / runs[size]) for size in costs}


@pytest.mark.parametrize("weight", [0.0, 0.2, 1.0])
def test_the_largest_bound_is_chosen(job, play, weight):
    """After one run of each, every choice is the size with the largest bound, computed here from the formula."""
    costs = {16: 5.0, 32: 4.0, 64: 3.0}
    policy = UCBBatchSizeOptimizer(weight)
    policy.register_job(job, SIZES)
    assert play(policy, {size: (cost, True) for size, cost in costs.items()}, 3) == [32, 16, 64]
    runs = dict.fromkeys(SIZES, 1)
    for _ in range(60):
        bounds = index(costs, runs, weight)
        (chosen,) = play(policy, {size: (cost, True) for size, cost in costs.items()}, 1)
        assert bounds[chosen] == pytest.approx(max(bounds.values()))
        runs[chosen] += 1


def test_a_failing_size_has_no_merit(job, play):
    """A size that never works is tried again only as its uncertainty grows."""
    policy = UCBBatchSizeOptimizer(0.3)
    policy.register_job(job, SIZES)
    chosen = play(policy, lambda size, run: (1.0, size != 64), 300)
    assert 1 <= chosen.count(64) < 10


def test_costs_of_nothing_are_no_division_by_zero(job, play):
    """Free runs are the best there can be."""
    policy = UCBBatchSizeOptimizer(0.0)
    policy.register_job(job, SIZES)
    assert play(policy, {16: (0.0, True), 32: (1.0, True), 64: (0.0, True)}, 6)[3:] == [16, 16, 16]


@pytest.mark.parametrize("weight", [-1.0, math.inf, math.nan])
def test_the_weight_is_a_number_from_zero(weight):
    """A negative or infinite weight means nothing."""
    with pytest.raises(PolicyError, match="exploration is"):
        UCBBatchSizeOptimizer(weight)
