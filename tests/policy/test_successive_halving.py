"""Successive halving: the field halves, the runs double."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from simulator.errors import PolicyError
from simulator.policy.successive_halving import SuccessiveHalvingBatchSizeOptimizer

SIZES = [8, 16, 32, 64, 128, 256]


def cheaper_if_larger(size, run):
    return 1000 / size, True


@pytest.mark.parametrize(("n", "runs"), [(2, 1), (3, 1), (4, 2), (5, 1), (6, 3)])
def test_a_round_costs_as_the_one_before(job, play, n, runs):
    """Round r gives each of ⌈n/2ʳ⌉ sizes runs·2ʳ runs, so that ⌈log₂ n⌉ rounds cost about runs·n each."""
    policy = SuccessiveHalvingBatchSizeOptimizer(runs)
    sizes = SIZES[:n]
    policy.register_job(job, sizes)
    left, each = n, runs
    for _ in range(math.ceil(math.log2(n))):
        count = Counter(play(policy, cheaper_if_larger, left * each))
        assert count == dict.fromkeys(sizes[n - left :], each)
        left, each = math.ceil(left / 2), each * 2
    assert left == 1
    assert set(play(policy, cheaper_if_larger, 20)) == {sizes[-1]}


def test_sizes_that_never_worked_go_first(job, play):
    """If only two of six work, the first cut leaves those two, and no slot goes to the rest."""
    policy = SuccessiveHalvingBatchSizeOptimizer()
    policy.register_job(job, SIZES)
    play(policy, lambda size, run: (1000 / size, size in (16, 32)), 6)
    assert set(play(policy, cheaper_if_larger, 4)) == {16, 32}


def test_a_round_without_success_is_repeated(job, play):
    """If nothing worked, nothing was learned that could choose whom to drop."""
    policy = SuccessiveHalvingBatchSizeOptimizer()
    policy.register_job(job, SIZES)
    for _ in range(3):
        assert sorted(play(policy, lambda size, run: (1.0, False), 6)) == SIZES
    assert sorted(play(policy, cheaper_if_larger, 6)) == SIZES
    assert set(play(policy, cheaper_if_larger, 6)) == {64, 128, 256}


def test_the_last_one_makes_way_when_it_fails(job, play):
    """The winner that fails is replaced for that recurrence only."""
    policy = SuccessiveHalvingBatchSizeOptimizer()
    policy.register_job(job, [16, 32])
    play(policy, cheaper_if_larger, 2)
    assert play(policy, lambda size, run: (100.0, run != 1), 4) == [32, 32, 16, 32]


def test_no_runs_at_all_are_no_round():
    """Zero runs of each would cut blindly."""
    with pytest.raises(PolicyError, match="at least 1"):
        SuccessiveHalvingBatchSizeOptimizer(runs=0)
