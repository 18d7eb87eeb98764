"""Grid search with pruning: turn around where a size fails, then stay with the cheapest survivor."""

from __future__ import annotations

from simulator.policy.grid_pruning import GridPruningBatchSizeOptimizer

SIZES = [4, 8, 16, 32, 64, 128, 256]
WORKS = {16: 4.0, 32: 3.0, 64: 2.0}


def luck(size, run):
    return WORKS.get(size, 1.0), size in WORKS


def test_what_lies_behind_a_failure_is_never_tried(job, play):
    """Down to the first failure, up to the first failure, then the cheapest of those in between."""
    policy = GridPruningBatchSizeOptimizer()
    policy.register_job(job, SIZES)
    assert play(policy, luck, 9) == [32, 16, 8, 64, 128, 64, 64, 64, 64]


def test_a_survivor_that_fails_makes_way_once(job, play):
    """The next cheapest survivor steps in until the target is reached again, not something that was pruned."""
    policy = GridPruningBatchSizeOptimizer()
    policy.register_job(job, SIZES)
    play(policy, luck, 6)
    fails = lambda size, run: (2.0, run > 0)  # noqa: E731
    assert play(policy, fails, 3)[:2] == [64, 32]


def test_strangers_are_noted_and_the_walk_waits(job):
    """The result of an overlapping run does not move the walk, but counts when the best is chosen."""
    policy = GridPruningBatchSizeOptimizer()
    policy.register_job(job, SIZES)
    assert policy.predict(job) == 32
    policy.observe(job, 64, 0.5, converged=True)
    assert policy.predict(job) == 32
    for size, works in ((32, True), (16, False), (64, True), (128, False)):
        assert policy.predict(job) == size
        policy.observe(job, size, 0.9, converged=works)
    assert policy.predict(job) == 64
