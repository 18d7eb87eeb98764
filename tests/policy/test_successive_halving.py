"""Successive halving: the field halves, the runs double."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.errors import PolicyError
from simulator.job import Job
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


class Knockout:
    """The tournament again, told by lists of all that happened: slow, and easy to believe."""

    def __init__(self, sizes, default, runs):
        self.order = [default, *(size for size in sizes if size != default)]
        self.left, self.each = set(sizes), runs
        self.owed = dict.fromkeys(sizes, runs)
        self.told, self.failing = [], set()

    def price(self, size):
        costs = [cost for told, cost, _ in self.told if told == size]
        wins = [told for told, _, reached in self.told if told == size and reached]
        return sum(costs) / len(wins) if wins else math.inf

    def choose(self):
        free = [size for size in self.order if size not in self.failing]
        most = max(self.owed[size] for size in free)
        if most > 0:
            return next(size for size in free if self.owed[size] == most)
        inside = [size for size in free if size in self.left] or free
        return min(inside, key=lambda size: (self.price(size), [told for told, _, _ in self.told].count(size)))

    def learn(self, size, cost, reached):
        self.told.append((size, cost, reached))
        self.failing = set() if reached or len(self.failing | {size}) == len(self.order) else self.failing | {size}
        self.owed[size] = max(0, self.owed[size] - 1)
        if len(self.left) > 1 and sum(self.owed.values()) == 0:
            winners = [size for size in self.order if size in self.left and (size, True) in self.reached()]
            if winners:
                self.left = set(sorted(winners, key=self.price)[: math.ceil(len(self.left) / 2)])
                self.each *= 2
            self.owed.update(dict.fromkeys(self.left if len(self.left) > 1 else (), self.each))

    def reached(self):
        return {(size, reached) for size, _, reached in self.told}


#: Few costs, so that there are ties, whose sums are exact; a result out of turn is that of a run that overlapped.
RESULTS = st.tuples(st.sampled_from([1.0, 2.0, 2.5, math.inf]), st.sampled_from([True, True, False]))
DEEDS = st.lists(st.tuples(RESULTS, st.none() | st.tuples(st.integers(0, 5), RESULTS)), min_size=1, max_size=60)


@given(st.integers(1, 6), st.integers(0, 5), st.integers(1, 3), DEEDS)
@example(4, 0, 1, [((2.5, True), None)] * 2 + [((1.0, True), None)] * 2 + [((4.0, True), None)] * 12)
@example(3, 0, 1, [((1.0, False), None)] * 2 + [((math.inf, True), None)] * 2)  # at any price, but it works
def test_it_is_the_tournament_that_the_docstring_tells(n, default, runs, deeds):
    """The cheaper half goes on; of equals the first in the order does, in every round, and who never worked goes."""
    sizes = SIZES[:n]
    job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=sizes[default % n])
    policy, knockout = SuccessiveHalvingBatchSizeOptimizer(runs), Knockout(sizes, job.default_bs, runs)
    policy.register_job(job, sizes)
    for result, overlapping in deeds:
        size = policy.predict(job)
        assert size == knockout.choose()
        results = [(size, *result)] + ([(sizes[overlapping[0] % n], *overlapping[1])] if overlapping else [])
        for told in results:
            policy.observe(job, *told)
            knockout.learn(*told)
