"""What the tests of policies share: a job, and a way to let a policy run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import pytest

from simulator.job import Job

if TYPE_CHECKING:
    from simulator.policy import BatchSizeOptimizer

#: What a run comes to: its cost [J] and whether it reached the target; the same each time, or by number of the run.
Luck: TypeAlias = Mapping[int, tuple[float, bool | None]] | Callable[[int, int], tuple[float, bool | None]]


@pytest.fixture(scope="session")
def job() -> Job:
    """A job whose default batch size is 32."""
    return Job("squad", "bert", "adamw", 84.0, 6, default_bs=32, default_lr=5e-5)


@pytest.fixture
def play(job: Job) -> Callable[..., list[int]]:
    """Let a policy decide and learn some runs in a row; returns the batch sizes that it chose."""

    def play(policy: BatchSizeOptimizer, luck: Luck, runs: int) -> list[int]:
        chosen = []
        for run in range(runs):
            size = policy.predict(job)
            cost, reached = luck(size, run) if callable(luck) else luck[size]
            policy.observe(job, size, cost, converged=reached)
            chosen.append(size)
        return chosen

    return play
