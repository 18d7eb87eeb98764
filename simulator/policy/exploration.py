"""Pruning exploration: walk from the default batch size down, then up, and keep what reaches the target.

Source: "Zeus" (NSDI'23), section 4.4. The published explorer is a generator, which can neither be copied nor stored;
this one is a handful of numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.policy.outcome import ALL_PRUNED, FAILED, NOT_WAITED_FOR, NOTHING, STILL_WAITING

__all__ = ["PruningExploration", "advance", "report"]


@dataclass
class PruningExploration:
    """Where a walk over batch sizes stands.

    Sizes are meant by their position in the job's ascending list. In each round the walk goes from the default
    downwards until a size fails, then upwards from above the default until one fails. Those that reached the
    target go on to the next round, which starts from the cheapest of them.

    Parameters
    ----------
    n
        How many sizes there are.
    alive
        Whether a size takes part in this round, and once the walk is over whether it survived, shape (n,).
    start
        Where this round started.
    rounds_left
        Rounds to come, this one included; 0: the walk is over.
    down, up
        From where the walk looks for its next size, downwards and upwards; −1 and n if it is done with a direction.
    waiting
        Size that was handed out and whose result is awaited, −1 if none is.
    good
        Whether a size reached the target in this round, shape (n,).
    best, best_cost
        The cheapest of them and its cost [J].
    """

    n: int
    alive: list[bool]
    start: int
    rounds_left: int
    down: int
    up: int
    waiting: int
    good: list[bool]
    best: int
    best_cost: float

    @classmethod
    def begin(cls, n_sizes: int, default: int, *, rounds: int) -> PruningExploration:
        """Stand before the first round.

        Parameters
        ----------
        n_sizes
            How many sizes there are.
        default
            Position of the default size.
        rounds
            How many rounds to go.
        """
        alive, good = [True] * n_sizes, [False] * n_sizes
        return cls(n_sizes, alive, default, rounds, default, default + 1, NOTHING, good, default, math.inf)


def advance(walk: PruningExploration) -> int:
    """Hand out the next size to run.

    Returns
    -------
    int
        Position of the size; NOTHING when the walk is over; STILL_WAITING if the last size's result is awaited;
        ALL_PRUNED if no size is left to explore.
    """
    if walk.waiting >= 0:
        return STILL_WAITING
    while walk.rounds_left > 0:
        walk.waiting = _next(walk)
        if walk.waiting >= 0:
            return walk.waiting
        if walk.rounds_left > 1 and not walk.good[walk.best]:
            return ALL_PRUNED
        _end_round(walk)
    return NOTHING


def report(walk: PruningExploration, size: int, cost: float, converged: int) -> int:
    """Take in the result of the size that was handed out.

    Parameters
    ----------
    walk
        The walk.
    size
        Position of the size that ran.
    cost
        Cost of the run [J].
    converged
        Whether it reached the target.

    Returns
    -------
    int
        0, or NOT_WAITED_FOR if it is not the size whose result is awaited.
    """
    if size != walk.waiting:
        return NOT_WAITED_FOR
    walk.waiting = NOTHING
    if converged != FAILED:
        walk.good[size] = True
        if cost < walk.best_cost:
            walk.best = size
            walk.best_cost = cost
    elif size <= walk.start:
        walk.down = -1
    else:
        walk.up = walk.n
    return 0


def _next(walk: PruningExploration) -> int:
    while walk.down >= 0:
        walk.down -= 1
        if walk.alive[walk.down + 1]:
            return walk.down + 1
    while walk.up < walk.n:
        walk.up += 1
        if walk.alive[walk.up - 1]:
            return walk.up - 1
    return NOTHING


def _end_round(walk: PruningExploration) -> None:
    for size in range(walk.n):
        walk.alive[size] = walk.good[size]
        walk.good[size] = False
    walk.start = walk.best
    walk.rounds_left -= 1
    walk.down = walk.start
    walk.up = walk.start + 1
    walk.best_cost = math.inf
