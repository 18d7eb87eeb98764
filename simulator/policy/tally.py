"""What runs have cost, size by size: the memory that the stock explorers share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.policy.outcome import FAILED, NOTHING

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["Tally", "add", "candidate", "cheapest", "cheapest_among", "expected_cost", "least_tried", "merit"]


@dataclass
class Tally:
    """Costs and successes of each batch size, and the sizes to keep away from just now.

    Sizes are meant by their position in the job's list. A size that failed is set aside until a run, of whatever
    size, reaches the target: a recurrence that is retried thus meets every size once before it meets one twice.
    Sizes that are not set aside are *candidates*.

    Parameters
    ----------
    n
        How many sizes there are.
    order
        Sizes in the order in which untried ones are tried and ties are broken: the job's default first, since it is
        assumed to reach the target, then as listed.
    spent
        Cost of all runs [J], shape (n,).
    runs, reached
        Number of runs, and of those that reached the target, shape (n,).
    all_runs, all_reached
        Their sums over all sizes.
    set_aside
        Whether a size failed since a run last reached the target, shape (n,); cleared when it would hold them all.
    n_set_aside
        How many did.
    """

    n: int
    order: list[int]
    spent: list[float]
    runs: list[int]
    reached: list[int]
    all_runs: int
    all_reached: int
    set_aside: list[bool]
    n_set_aside: int

    @classmethod
    def begin(cls, job: Job, batch_sizes: list[int]) -> Tally:
        """Start with no runs.

        Parameters
        ----------
        job
            The job, which may have a default batch size.
        batch_sizes
            Its feasible batch sizes.
        """
        n = len(batch_sizes)
        order = sorted(range(n), key=lambda position: batch_sizes[position] != job.default_bs)
        return cls(n, order, [0.0] * n, [0] * n, [0] * n, 0, 0, [False] * n, 0)


def add(tally: Tally, position: int, cost: float, converged: int) -> None:
    """Take in what a run of a size has cost [J]; one of which it is not known whether it reached the target, did."""
    tally.spent[position] += cost
    tally.runs[position] += 1
    tally.all_runs += 1
    if converged != FAILED:
        tally.reached[position] += 1
        tally.all_reached += 1
        _forgive(tally)
    elif not tally.set_aside[position]:
        tally.set_aside[position] = True
        tally.n_set_aside += 1
        if tally.n_set_aside == tally.n:
            _forgive(tally)


def expected_cost(tally: Tally, position: int) -> float:
    """Cost until the target is reached [J]: that of all runs over how many reached it; infinite if none did."""
    if tally.reached[position] == 0:
        return math.inf
    return tally.spent[position] / tally.reached[position]


def merit(tally: Tally, position: int, least: float) -> float:
    """Divide the least expected cost of all sizes by that of one: 1 for the cheapest, 0 if it never got there."""
    cost = expected_cost(tally, position)
    if cost == math.inf:
        return 0.0
    return 1.0 if cost == least else least / cost


def candidate(tally: Tally, rank: int) -> int:
    """Find the candidate with so many others before it in the order."""
    for k in range(tally.n):
        position = tally.order[k]
        if not tally.set_aside[position]:
            if rank == 0:
                return position
            rank -= 1
    return NOTHING


def least_tried(tally: Tally) -> int:
    """Find the candidate with the fewest runs; of equals, the first in the order."""
    found = NOTHING
    for k in range(tally.n):
        position = tally.order[k]
        if not tally.set_aside[position] and (found < 0 or tally.runs[position] < tally.runs[found]):
            found = position
    return found


def cheapest(tally: Tally) -> int:
    """Find the candidate with the least expected cost; of equals, as if none ever reached it, the one least tried."""
    found = NOTHING
    for k in range(tally.n):
        position = tally.order[k]
        if not tally.set_aside[position] and (found < 0 or _cheaper(tally, position, found)):
            found = position
    return found


def cheapest_among(tally: Tally, among: list[bool]) -> int:
    """Find the cheapest candidate inside a selection; one outside only if there is none inside."""
    found = NOTHING
    for k in range(tally.n):
        position = tally.order[k]
        if among[position] and not tally.set_aside[position] and (found < 0 or _cheaper(tally, position, found)):
            found = position
    return found if found >= 0 else cheapest(tally)


def _cheaper(tally: Tally, position: int, other: int) -> bool:
    cost, least = expected_cost(tally, position), expected_cost(tally, other)
    return cost < least or (cost == least and tally.runs[position] < tally.runs[other])


def _forgive(tally: Tally) -> None:
    for position in range(tally.n):
        tally.set_aside[position] = False
    tally.n_set_aside = 0
