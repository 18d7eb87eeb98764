"""Optimism in the face of uncertainty: what is little known might be good."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.outcome import NOTHING
from simulator.policy.tally import Tally, add, expected_cost, least_tried, merit

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["UCBBatchSizeOptimizer"]


@dataclass
class UCBState:
    """What is known about one job.

    Parameters
    ----------
    tally
        What runs have cost.
    exploration
        Weight c of the uncertainty.
    """

    tally: Tally
    exploration: float


def choose(state: UCBState) -> int:
    """Take a candidate that never ran, otherwise the one with the largest upper bound."""
    tally = state.tally
    untried = least_tried(tally)
    if tally.runs[untried] == 0:
        return untried
    least = math.inf
    for position in range(tally.n):
        least = min(least, expected_cost(tally, position))
    spread = state.exploration * math.sqrt(2 * math.log(tally.all_runs))
    best = NOTHING
    largest = -math.inf
    for k in range(tally.n):
        position = tally.order[k]
        if not tally.set_aside[position]:
            bound = merit(tally, position, least) + spread / math.sqrt(tally.runs[position])
            if bound > largest:
                best = position
                largest = bound
    return best


def learn(state: UCBState, position: int, cost: float, converged: int) -> int:
    """Count the run."""
    add(state.tally, position, cost, converged)
    return 0


class UCBBatchSizeOptimizer(PlainStateOptimizer[UCBState]):
    """UCB1: the batch size with the largest upper bound on its merit, after one run of each.

    The bound is merit + c·√(2·ln n / nᵢ), with n runs in all and nᵢ of size i. UCB1 wants rewards in [0, 1]; the merit
    of a size is the least expected cost of any size over its own, so 1 for the best known, 0 for a size that never
    reached the target, and the same in joules as in megajoules. Default first, then ascending; a size that failed
    waits until the target is reached again. Source: P. Auer, N. Cesa-Bianchi, P. Fischer, "Finite-time Analysis of
    the Multiarmed Bandit Problem", 2002, figure 1 (c = 1).

    Parameters
    ----------
    exploration
        Weight c of the uncertainty. 1 is UCB1, made for thousands of runs; less explores less.
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = UCBBatchSizeOptimizer(0.1), Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [16, 32])
    >>> for _ in range(4):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, 100.0 / size, converged=True)
    ...     print(size, end=" ")
    32 16 32 32
    """

    def __init__(self, exploration: float = 1.0, *, seed: int = 123456, verbose: bool = False) -> None:
        super().__init__(seed=seed, verbose=verbose)
        if not 0 <= exploration < math.inf:
            raise PolicyError(f"exploration is {exploration}; it weighs uncertainty and is 0 or a positive number")
        self.exploration = exploration

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "UCB1"

    def _start(self, job: Job, batch_sizes: list[int]) -> UCBState:
        return UCBState(Tally.begin(job, batch_sizes), float(self.exploration))

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
