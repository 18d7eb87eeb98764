"""What all stock explorers have in common, whatever the algorithm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.job import Job
from simulator.policy import create

SIZES = [8, 16, 32, 64, 128, 256]
EXPLORERS = ["unimodal-ucb", "random", "grid", "grid-pruning", "epsilon-greedy", "ucb", "successive-halving"]
JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)


@pytest.fixture(params=EXPLORERS)
def policy(request, job):
    policy = create(request.param, seed=7)
    policy.register_job(job, SIZES)
    return policy


def walk(name, job, luck, runs):
    """Let a policy decide and learn some runs in a row."""
    policy = create(name, seed=5)
    policy.register_job(job, SIZES)
    chosen = []
    for run in range(runs):
        chosen.append(policy.predict(job))
        policy.observe(job, chosen[-1], *luck(chosen[-1], run))
    return chosen


def test_the_default_runs_first(policy, job):
    """The first run takes the default: the replay calls it an error if a job's first recurrence fails."""
    assert policy.predict(job) == 32


def test_without_a_default_the_first_size_runs_first(policy):
    """A job without default, or with one that is not feasible, starts with the smallest size."""
    for other in (Job("d", "n", "adam", 0.9, 10), Job("d", "n", "adam", 0.9, 10, default_bs=48)):
        policy.register_job(other, SIZES)
        assert policy.predict(other) == 8


@pytest.mark.parametrize("good", SIZES)
def test_a_recurrence_meets_every_size_before_one_twice(policy, job, play, good):
    """If a single size still works, of six, then six tries in a row find it: none insists on a failing size."""
    play(policy, lambda size, run: (1.0 + run, True), 60)  # all is well, until the data drifts
    assert good in play(policy, lambda size, run: (100.0, size == good), 6)


def test_nothing_works_and_it_goes_on(policy, job, play):
    """If all sizes fail, each is tried again and again; it is for the replay to give up."""
    chosen = play(policy, lambda size, run: (1.0, False), 60)
    assert {chosen.count(size) for size in SIZES} == {10}


def test_a_single_size_is_no_question(job, play):
    """With one size there is nothing to explore."""
    for name in EXPLORERS:
        policy = create(name)
        policy.register_job(job, [32])
        assert set(play(policy, lambda size, run: (1.0, run % 3 > 0), 20)) == {32}


def test_asking_twice_changes_nothing(policy, job):
    """Asked again before a result, those that do not draw answer the same."""
    if policy.name not in ("Random", "Epsilon-greedy"):
        assert len({policy.predict(job) for _ in range(5)}) == 1


@given(st.sampled_from(EXPLORERS), st.integers(0, 1000), st.sampled_from([2.0**-30, 2.0**30]))
def test_joules_or_gigajoules(name, luck_seed, scale):
    """Costs in another unit, here a power of two so that no bit is rounded, lead to the same choices."""

    def luck(size, run, unit=1.0):
        draw = hash((luck_seed, size, run)) % 1009
        return unit * (1 + draw / 100), draw % 4 > 0

    assert walk(name, JOB, luck, 40) == walk(name, JOB, lambda size, run: luck(size, run, scale), 40)


@pytest.mark.parametrize("name", [name for name in EXPLORERS if name != "random"])
def test_the_best_is_found(name):
    """On easy ground, most of the last runs take the cheapest size that works."""
    options = {"ucb": "ucb:0.1"}
    chosen = walk(options.get(name, name), JOB, lambda size, run: (1000 / size + run % 3, size < 256), 120)
    assert chosen[-40:].count(128) >= 30
