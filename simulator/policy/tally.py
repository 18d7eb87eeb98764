"""What runs have cost, size by size: the memory that the stock explorers share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from simulator.job import Job

__all__ = ["Tally"]


@dataclass
class Tally:
    """Costs and successes of each batch size, and the sizes to keep away from just now.

    Sizes are meant by their position in the job's list. A size that failed is set aside until a run, of whatever
    size, reaches the target: a recurrence that is retried thus meets every size once before it meets one twice.

    Parameters
    ----------
    order
        Sizes in the order in which untried ones are tried and ties are broken: the job's default first, since it is
        assumed to reach the target, then as listed.
    spent
        Cost of all runs [J], shape (n_sizes,).
    runs, reached
        Number of runs, and of those that reached the target, shape (n_sizes,).
    set_aside
        Sizes that failed since a run last reached the target; emptied when it would hold them all.
    """

    order: list[int]
    spent: list[float]
    runs: list[int]
    reached: list[int]
    set_aside: list[int]

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
        return cls(order, [0.0] * n, [0] * n, [0] * n, [])

    def add(self, position: int, cost: float, converged: bool | None) -> None:
        """Take in a run.

        Parameters
        ----------
        position
            Its size.
        cost
            Its cost [J].
        converged
            Whether it reached the target; None, not known, counts as reached.
        """
        self.spent[position] += cost
        self.runs[position] += 1
        if converged is None or converged:
            self.reached[position] += 1
            self.set_aside.clear()
        elif position not in self.set_aside:
            self.set_aside.append(position)
            if len(self.set_aside) == len(self.order):
                self.set_aside.clear()

    def expected_cost(self, position: int) -> float:
        """Cost until the target is reached [J]: that of all runs over how many reached it; infinite if none did."""
        return self.spent[position] / self.reached[position] if self.reached[position] else math.inf

    def candidates(self, among: Collection[int] | None = None) -> list[int]:
        """Sizes that are not set aside, in order; those outside `among` only if nothing is left inside."""
        free = [position for position in self.order if position not in self.set_aside]
        return free if among is None else [position for position in free if position in among] or free

    def cheapest(self, among: Collection[int] | None = None) -> int:
        """Candidate with the least expected cost; of equals, as if none ever reached it, the one least tried."""
        return min(self.candidates(among), key=lambda position: (self.expected_cost(position), self.runs[position]))
