"""A knock-out tournament: each round halves the field and doubles the runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import whole_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.outcome import NOTHING
from simulator.policy.tally import Tally, add, cheapest_among, expected_cost

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["SuccessiveHalvingBatchSizeOptimizer"]


@dataclass
class Tournament:
    """What is known about one job.

    Parameters
    ----------
    tally
        What runs have cost.
    alive
        Whether a size is still in, shape (n_sizes,).
    n_alive
        How many are.
    due
        Runs that each size still owes in this round, shape (n_sizes,).
    n_due
        Their sum.
    runs
        Runs of each size in this round.
    """

    tally: Tally
    alive: list[bool]
    n_alive: int
    due: list[int]
    n_due: int
    runs: int


def choose(state: Tournament) -> int:
    """Take the candidate that owes most runs, otherwise the cheapest that is still in."""
    tally = state.tally
    found = NOTHING
    for k in range(tally.n):
        position = tally.order[k]
        if not tally.set_aside[position] and state.due[position] > (0 if found < 0 else state.due[found]):
            found = position
    return found if found >= 0 else cheapest_among(tally, state.alive)


def learn(state: Tournament, position: int, cost: float, converged: int) -> int:
    """Count the run, and end the round if it was the last one due."""
    add(state.tally, position, cost, converged)
    if state.due[position] > 0:
        state.due[position] -= 1
        state.n_due -= 1
    if state.n_alive > 1 and state.n_due == 0:
        _cut(state)
    return 0


def _cut(state: Tournament) -> None:
    """End a round: drop the dearer half, and whoever never reached the target if anybody did."""
    tally = state.tally
    anybody = False
    for position in range(tally.n):
        anybody = anybody or (state.alive[position] and tally.reached[position] > 0)
    if anybody:
        half = (state.n_alive + 1) // 2
        state.n_alive = 0
        for position in range(tally.n):
            # Out of the question by its cost, and marked so by what it owes until all ranks are known.
            state.due[position] = 1 if state.alive[position] and _rank(state, position) < half else 0
        for position in range(tally.n):
            state.alive[position] = state.due[position] > 0
            state.n_alive += state.due[position]
        state.runs *= 2
    state.n_due = 0
    for position in range(tally.n):
        state.due[position] = state.runs if state.alive[position] and state.n_alive > 1 else 0
        state.n_due += state.due[position]


def _rank(state: Tournament, position: int) -> int:
    """Count those that are still in and cheaper; of equals, those before it. Who never reached the target is last."""
    tally = state.tally
    if tally.reached[position] == 0:
        return tally.n
    cost = expected_cost(tally, position)
    rank = 0
    before = True
    for k in range(tally.n):
        other = tally.order[k]
        if other == position:
            before = False
        elif state.alive[other] and tally.reached[other] > 0:
            theirs = expected_cost(tally, other)
            if theirs < cost or (theirs == cost and before):
                rank += 1
    return rank


class SuccessiveHalvingBatchSizeOptimizer(PlainStateOptimizer[Tournament]):
    """Successive halving: after each round the cheaper half goes on, with twice as many runs, until one is left.

    Within a round the sizes take turns, the default first, then ascending. A size's expected cost rests on all its
    runs. Sizes that never reached the target go first; a round in which nothing ever did is repeated. The last one
    left runs from then on; if it fails, the next cheapest steps in until the target is reached again.
    Source: Z. Karnin, T. Koren, O. Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", 2013, algorithm 1, and
    K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016, with
    twice the runs in each round, which theirs has exactly where the number of sizes is a power of two.

    Parameters
    ----------
    runs
        Runs of each batch size in the first round.
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = SuccessiveHalvingBatchSizeOptimizer(), Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [8, 16, 32, 64])
    >>> for _ in range(9):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, 100.0 / size, converged=True)
    ...     print(size, end=" ")
    32 8 16 64 32 64 32 64 64
    """

    def __init__(self, runs: int = 1, *, seed: int = 123456, verbose: bool = False) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.runs = whole_number("runs", runs, error=PolicyError, least=1)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Successive halving"

    def _start(self, job: Job, batch_sizes: list[int]) -> Tournament:
        tally = Tally.begin(job, batch_sizes)
        n = len(batch_sizes)
        return Tournament(tally, [True] * n, n, [self.runs] * n, n * self.runs, self.runs)

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
