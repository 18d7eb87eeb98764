"""Grid search: each size in turn, then the best."""

from __future__ import annotations

import pytest

from simulator.errors import PolicyError
from simulator.policy.grid import GridBatchSizeOptimizer

LUCK = {16: (4.0, True), 32: (3.0, True), 64: (1.0, False), 128: (2.0, True)}


def test_each_size_once_then_the_cheapest(job, play):
    """Also a size that fails has its turn; afterwards the cheapest of those that worked stays."""
    policy = GridBatchSizeOptimizer()
    policy.register_job(job, list(LUCK))
    assert play(policy, LUCK, 8) == [32, 16, 64, 128, 128, 128, 128, 128]


def test_several_runs_of_each_take_turns(job, play):
    """With two runs of each, a round is over before the next begins; a failed size waits for a success."""
    policy = GridBatchSizeOptimizer(runs=2)
    policy.register_job(job, list(LUCK))
    assert play(policy, LUCK, 10) == [32, 16, 64, 128, 32, 16, 64, 128, 128, 128]


def test_later_runs_count(job, play):
    """If the choice turns out dearer than the runner-up, the choice moves."""
    policy = GridBatchSizeOptimizer()
    policy.register_job(job, [16, 32])
    assert play(policy, lambda size, run: (2.0 if size == 16 or run == 0 else 9.0, True), 6) == [32, 16, 32, 16, 16, 16]


def test_no_runs_at_all_make_no_grid():
    """Zero runs of each would choose blindly."""
    with pytest.raises(PolicyError, match="at least 1"):
        GridBatchSizeOptimizer(runs=0)
