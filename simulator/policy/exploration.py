"""Pruning exploration: walk from the default batch size down, then up, and keep what reaches the target.

Source: "Zeus" (NSDI'23), section 4.4. The published explorer is a generator, which can neither be copied nor stored;
this one is a handful of numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.errors import ExhaustedError, PolicyError

__all__ = ["PruningExploration"]


@dataclass
class PruningExploration:
    """Where a walk over batch sizes stands.

    Sizes are meant by their position in the job's ascending list. In each round the walk goes from the default
    downwards until a size fails, then upwards from above the default until one fails. Those that reached the
    target go on to the next round, which starts from the cheapest of them.

    Parameters
    ----------
    alive
        Sizes that take part in this round, and once the walk is over those that survived, ascending.
    start
        Where this round started.
    rounds_left
        Rounds to come, this one included.
    down, up
        Sizes of this round that are still to be tried, the next one last.
    waiting
        Size that was handed out and whose result is awaited, −1 if none is.
    good
        Sizes of this round that reached the target.
    best, best_cost
        The cheapest of them and its cost [J].
    """

    alive: list[int]
    start: int
    rounds_left: int
    down: list[int]
    up: list[int]
    waiting: int
    good: list[int]
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
        walk = cls(list(range(n_sizes)), default, rounds, [], [], -1, [], default, math.inf)
        walk._set_out()
        return walk

    @property
    def over(self) -> bool:
        """Whether all rounds are done, and `alive` holds the survivors."""
        return self.rounds_left == 0

    def advance(self) -> int | None:
        """Hand out the next size to run.

        Returns
        -------
        int or None
            Position of the size; None when the walk is over.

        Raises
        ------
        PolicyError
            If the last size's result is still awaited.
        ExhaustedError
            If no size is left to explore.
        """
        if self.waiting >= 0:
            raise PolicyError("the explored batch size has no result yet; observe it before predicting again")
        while not self.over:
            for ahead in (self.down, self.up):
                if ahead:
                    self.waiting = ahead.pop()
                    return self.waiting
            self._end_round()
        return None

    def report(self, size: int, cost: float, *, converged: bool) -> None:
        """Take in the result of the size that was handed out.

        Parameters
        ----------
        size
            Position of the size that ran.
        cost
            Cost of the run [J].
        converged
            Whether it reached the target.

        Raises
        ------
        PolicyError
            If it is not the size whose result is awaited.
        """
        if size != self.waiting:
            raise PolicyError(
                "this is not the batch size that pruning waits for; if runs of the job overlap, say concurrency=True"
            )
        going_down = size <= self.start
        self.waiting = -1
        if converged:
            self.good.append(size)
            if cost < self.best_cost:
                self.best, self.best_cost = size, cost
        elif going_down:
            self.down.clear()
        else:
            self.up.clear()

    def _end_round(self) -> None:
        if self.rounds_left > 1 and self.best not in self.good:
            raise ExhaustedError("every batch size has been pruned: none reached the target at an affordable cost")
        self.alive = sorted(self.good)
        self.start = self.best
        self.rounds_left -= 1
        if not self.over:
            self._set_out()

    def _set_out(self) -> None:
        self.down = [size for size in self.alive if size <= self.start]
        self.up = [size for size in reversed(self.alive) if size > self.start]
        self.good = []
        self.best_cost = math.inf
