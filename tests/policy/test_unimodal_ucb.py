"""Unimodal UCB: go outwards while it may pay, then stay with the best bound."""

from __future__ import annotations

import itertools
import math
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulator
from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy.checks import batch_size_checks
from simulator.policy.unimodal_ucb import NEIGHBOUR_RUNS, NOISE_RUNS, UnimodalUCBBatchSizeOptimizer

SIZES = [4, 8, 16, 32, 64, 128, 256]
JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32, default_lr=5e-5)

OPTIONS = [{}, {"exploration": 0.0}, {"noise": 0.0}, {"exploration": 4.0, "noise": 1.0}]

COSTS = st.one_of(st.floats(0.5, 2.0), st.sampled_from([0.0, 1e-300, 1e-3, 1e9, 1e300, math.inf]))
RUNS = st.lists(st.tuples(st.integers(0, 9), COSTS, st.sampled_from([True, True, True, False, None])), max_size=40)


def begin(job=JOB, sizes=SIZES, **options):
    policy = UnimodalUCBBatchSizeOptimizer(**options)
    policy.register_job(job, sizes)
    return policy


def chosen_by_formula(runs, exploration, noise):
    """What the class's description says, written down from it: the next size after runs that all reached the target."""
    mean = {size: sum(costs) / len(costs) for size, costs in runs.items()}
    best = min(runs, key=lambda size: (mean[size], size != JOB.default_bs, size))
    squares = sum(((cost - mean[size]) / mean[size]) ** 2 for size, costs in runs.items() for cost in costs)
    freedom = sum(len(costs) - 1 for costs in runs.values())
    sigma = min(1, math.sqrt((NOISE_RUNS * noise**2 + squares) / (NOISE_RUNS + freedom)))
    merit = {size: mean[best] / mean[size] for size in runs}

    def factor(n):
        return 1 + exploration * sigma / math.sqrt(n)

    outwards = []
    for below, above in itertools.pairwise(SIZES):
        for size, other in ((below, above), (above, below)):
            if size in runs and other not in runs:
                outwards.append((merit[size] * factor(len(runs[size])), -other))
    if outwards and max(outwards)[0] >= 1 / factor(len(runs[best])):
        return -max(outwards)[1]

    def bound(size):
        n, around = len(runs[size]), [SIZES[k] for k in (SIZES.index(size) - 1, SIZES.index(size) + 1) if 0 <= k < 7]
        if len(around) == 2 and all(other in runs for other in around):
            between = sum(merit[other] for other in around) / 2
            return (n * merit[size] + NEIGHBOUR_RUNS * between) / (n + NEIGHBOUR_RUNS) * factor(n + NEIGHBOUR_RUNS)
        return merit[size] * factor(n)

    return max(runs, key=bound)


@pytest.mark.parametrize("check", batch_size_checks(), ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_keeps_the_rules_of_policies(check, options):
    """Whatever its options."""
    check(partial(UnimodalUCBBatchSizeOptimizer, **options))


@given(st.integers(0, 2**32), st.sampled_from(OPTIONS), st.floats(0.02, 0.6))
def test_every_choice_follows_from_the_formula(luck, options, spread):
    """Run by run, on any ground: nothing decides but what is described."""
    random = Random(luck)  # not hypothesis's own, which likes costs that tie
    level = {size: math.exp(random.gauss(0, 0.5)) for size in SIZES}
    policy, runs = begin(**options), {}
    options = {"exploration": policy.exploration, "noise": policy.noise}
    for _ in range(30):
        size = policy.predict(JOB)
        assert size == (chosen_by_formula(runs, **options) if runs else 32)
        cost = level[size] * math.exp(random.gauss(0, spread))
        policy.observe(JOB, size, cost, converged=True)
        runs.setdefault(size, []).append(cost)


def test_what_lies_behind_a_clear_rise_is_never_run(play):
    """Down while it gets cheaper, one step too far, and never above the default, which is already worse."""
    costs = {4: 9.0, 8: 4.0, 16: 2.0, 32: 4.0, 64: 5.0, 128: 7.0, 256: 9.0}
    chosen = play(begin(), {size: (cost, True) for size, cost in costs.items()}, 30)
    assert chosen[:3] == [32, 16, 8]
    assert chosen[3:] == [16] * 27


def test_a_size_that_failed_is_a_wall(play):
    """A size that does not reach the target is tried once, and nothing behind it."""
    chosen = play(begin(), lambda size, run: (1.0, 8 < size < 128), 30)
    assert sorted(set(chosen)) == [8, 16, 32, 64, 128]
    assert chosen.count(8) == chosen.count(128) == 1


def test_a_rise_within_the_noise_is_no_wall(play):
    """What might be bad luck does not end the way: the best size lies behind a small rise."""
    costs = {4: 1.0, 8: 1.7, 16: 2.2, 32: 2.0, 64: 3.5}
    chosen = play(begin(), {size: (cost, True) for size, cost in costs.items()}, 30)
    assert chosen[:5] == [32, 16, 64, 8, 4]
    assert set(chosen[5:]) == {4}


def test_one_unlucky_run_is_looked_at_again(play):
    """The best size seems bad at first; its good neighbours say that this was luck."""
    level = {8: 2.2, 16: 1.25, 32: 1.0, 64: 1.3, 128: 2.2}

    def luck(size, run):
        return level[size] * (1.6 if run == 0 else 1.0), True

    chosen = play(begin(), luck, 40)
    assert chosen[0] == 32
    assert chosen[-20:] == [32] * 20


def test_noise_is_told_from_all_sizes(play):
    """After runs that hardly differ, the same small rise is believed that noisy runs leave open."""
    again = {}
    for spread in (0.0, 0.4):
        policy = begin()
        for k in range(20):
            policy.observe(JOB, 32, 1 + spread * (-1) ** k, converged=True)
        for size in (16, 64):
            policy.observe(JOB, size, 1.3, converged=True)
        again[spread] = policy.predict(JOB)
    assert again == {0.0: 32, 0.4: 8}


def test_sizes_are_neighbours_in_ascending_order(play):
    """However they are listed."""
    costs = {size: (abs(size - 16) + 4.0, True) for size in SIZES}
    assert play(begin(sizes=SIZES[::-1]), costs, 20) == play(begin(), costs, 20)


@pytest.mark.parametrize("default", [None, 48])
def test_without_a_feasible_default_the_smallest_size_runs_first(default):
    """And from there it goes upwards only."""
    job = Job("d", "n", "adam", 0.9, 10, default_bs=default)
    policy, chosen = begin(job), []
    for _ in range(12):
        chosen.append(policy.predict(job))
        policy.observe(job, chosen[-1], 1.0 + abs(math.log2(chosen[-1] / 16)), converged=True)
    assert chosen[:4] == [4, 8, 16, 32]
    assert set(chosen[4:]) == {16}


def test_what_others_ran_counts(play):
    """Results nobody asked for are learned; a gap that they leave is closed from its better side."""
    policy = begin()
    for size, cost in ((4, 9.0), (256, 1.0)):
        policy.observe(JOB, size, cost, converged=True)
    assert policy.predict(JOB) == 128
    costs = {4: 9.0, 8: 8.0, 16: 7.0, 32: 6.0, 64: 4.0, 128: 2.0, 256: 1.0}
    assert play(policy, {size: (cost, True) for size, cost in costs.items()}, 10) == [128] + [256] * 9


@given(RUNS, st.sampled_from(SIZES))
def test_a_recurrence_meets_every_size_before_one_twice(runs, good):
    """Whatever was learned, if a single size still works then seven tries in a row find it."""
    policy = begin()
    for k, cost, reached in runs:
        policy.observe(JOB, SIZES[k % 7], cost, converged=reached)
    policy.observe(JOB, 32, 1.0, converged=True)
    tried = []
    for _ in SIZES:
        if good not in tried:
            tried.append(policy.predict(JOB))
            policy.observe(JOB, tried[-1], 9.0, converged=tried[-1] == good)
    assert tried[-1] == good
    assert len(tried) == len(set(tried))


@given(RUNS, st.integers(1, 7), st.sampled_from(OPTIONS))
def test_any_cost_leaves_a_choice(runs, n, options):
    """Nothing, almost nothing, as good as infinite and infinite: the next size is a size, and asking is no harm."""
    job = Job("d", "n", "adam", 0.9, 10, default_bs=SIZES[n // 2])
    policy = begin(job, SIZES[:n], **options)
    for k, cost, reached in runs:
        policy.observe(job, SIZES[k % n], cost, converged=reached)
        assert policy.predict(job) == policy.predict(job)
        assert policy.predict(job) in SIZES[:n]


@given(st.randoms(use_true_random=False), st.sampled_from([2.0**-30, 2.0**30]))
def test_joules_or_gigajoules(random, scale):
    """Costs in another unit, here a power of two so that no bit is rounded, lead to the same choices."""
    small, large = begin(), begin()
    for _ in range(40):
        size = small.predict(JOB)
        assert large.predict(JOB) == size
        cost, reached = random.uniform(1, 3), random.random() < 0.8
        small.observe(JOB, size, cost, converged=reached)
        large.observe(JOB, size, cost * scale, converged=reached)


def test_it_costs_less_than_pruning_on_the_synthetic_traces():
    """What it is for: over the default number of recurrences, with equal luck, on every job of the bundled V100."""
    traces = simulator.read_traces(gpu="v100")
    for job in traces.jobs:
        ours, theirs = (
            simulator.replay(job, traces, policy=policy, seeds=10, draws="keyed")["cost"].sum()
            for policy in (UnimodalUCBBatchSizeOptimizer(), "pruning-gts")
        )
        assert ours < theirs, job


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exploration": -1.0}, "exploration is -1.0"),
        ({"exploration": math.inf}, "exploration is inf"),
        ({"exploration": "much"}, "exploration is 'much'"),
        ({"noise": 1.5}, "noise is 1.5"),
        ({"noise": math.nan}, "noise is nan"),
    ],
)
def test_options_are_numbers_that_mean_something(options, message):
    """Others are refused by name."""
    with pytest.raises(PolicyError, match=message):
        UnimodalUCBBatchSizeOptimizer(**options)
