r"""Stops rows that are surely worse than another, so that their remaining seeds are not paid for.

Rows compete if they differ in the fields `Race.among` only: the same job, GPU and exchange rate. They are compared over
the seeds that both have, so that luck cancels. Row :math:`i` is dominated by row :math:`j` at look :math:`k` if

.. math:: \bar d - t_{1-\alpha_k,\,n-1}\,s_d / \sqrt n > 0, \qquad \alpha_k = \frac{1 - c}{m (m-1)\, k (k+1)},

with :math:`d` the paired differences of the measure over :math:`n` seeds, :math:`m` the rows that compete and
:math:`c` the confidence: by Bonferroni's inequality over all ordered pairs, and over all looks since
:math:`\sum_k 1 / (k(k+1)) = 1`, no row is stopped wrongly with probability :math:`c`, as far as means of differences
are normal. Looks are taken when all rows have ended the same number of seeds (5, 8, 12, 18, …), over these seeds and
no others: what is stopped depends on results, never on who was faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from simulator.check import whole_number
from simulator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

__all__ = ["Contest", "Race", "bound"]


@dataclass(frozen=True)
class Race:
    """How rows are raced.

    Parameters
    ----------
    measure
        Column of the results; less is better. Of several rows of one cell, the last counts.
    confidence
        How sure it must be that no row is stopped wrongly, over a whole contest.
    least_seeds
        Seeds that every row gets before the first look; at least 2.
    among
        Fields that may differ between rows that compete. None for all that leave results comparable: a `Replay`
        competes with those of the same job, traces, eta, recurrences, groups, draws and detail; any other task with
        those of its class that are given the same files, recorded traces, jobs and configurations.

    Raises
    ------
    ConfigError
        If these make no sense.
    """

    measure: str = "cost"
    confidence: float = 0.95
    least_seeds: int = 5
    among: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        whole_number("least_seeds", self.least_seeds, error=ConfigError, least=2)
        if not 0 < self.confidence < 1:
            raise ConfigError(f"confidence is {self.confidence!r}; it lies between 0 and 1, 0.95 for instance")
        if isinstance(self.among, str):
            raise ConfigError(
                f"among is {self.among!r}; it is a tuple of names of fields, ({self.among!r},) for instance"
            )


def bound(differences: Sequence[float], alpha: float) -> float:
    """Return what the mean of paired differences is surely above.

    Parameters
    ----------
    differences
        One a seed; at least two.
    alpha
        How often this may be wrong.

    Returns
    -------
    float
        Lower end of the one-sided interval of Student's t.

    Examples
    --------
    >>> round(bound([1.0, 1.2, 0.8, 1.1, 0.9], 0.025), 4)
    0.8037
    """
    from scipy.special import stdtrit

    n = len(differences)
    return fmean(differences) - float(stdtrit(n - 1, 1 - alpha)) * stdev(differences) / sqrt(n)


class Contest:
    """Rows that compete.

    Parameters
    ----------
    race
        How.
    rows
        Position of each row's cell for each seed, by the row's id and the seed.
    seeds
        The seeds, in the order of the plan.
    name
        What a person calls a row.
    """

    def __init__(
        self,
        race: Race,
        rows: Mapping[str, Mapping[Hashable, int]],
        seeds: Sequence[Hashable],
        name: Callable[[str], str],
    ) -> None:
        self._race = race
        self._rows = rows
        self._seeds = seeds
        self._name = name
        self._live = list(rows)
        self._look = 0
        self._reach = 0
        self._each = (1 - race.confidence) / max(1, len(rows) * (len(rows) - 1))

    def everyone(self) -> list[int]:
        """Return the cells of all rows."""
        return [position for row in self._rows.values() for position in row.values()]

    def positions(self) -> list[int]:
        """Return the cells that the coming look is about, seed by seed."""
        seeds = self._seeds[: self._reach]
        return [self._rows[row][seed] for seed in seeds for row in self._live if seed in self._rows[row]]

    def advance(self) -> list[int]:
        """Go on to the next look, and return the cells that it needs beyond those of the last one, seed by seed.

        Returns
        -------
        list of int
            Positions; empty when the race is over.
        """
        before = set(self.positions())
        self._reach = max(self._race.least_seeds, ceil(1.5 * self._reach))
        if len(self._live) < 2:
            self._reach = len(self._seeds)  # nobody is left to compare with: the winner gets all its seeds
        self._reach = min(self._reach, len(self._seeds))
        return [position for position in self.positions() if position not in before]

    def judge(self, values: Mapping[int, float]) -> Iterator[tuple[list[int], str]]:
        """Stop the rows that are dominated.

        Parameters
        ----------
        values
            The measure of the cells that have one, by position; those of the coming look at least.

        Yields
        ------
        list of int, str
            All cells of a row that is stopped, and why, in words with numbers.
        """
        self._look += 1
        means = {row: fmean(found) for row in self._live if (found := list(self._of(row, values).values()))}
        if not means:
            return
        alpha = self._each / (self._look * (self._look + 1))
        best = min(means, key=lambda row: means[row])  # of equal ones the first of the plan
        for row in [row for row in self._live if row != best]:
            if reason := self._dominated(row, best, values, alpha):
                self._live.remove(row)
                yield list(self._rows[row].values()), reason

    def _of(self, row: str, values: Mapping[int, float]) -> dict[Hashable, float]:
        found = {}
        for seed in self._seeds[: self._reach]:
            value = values.get(self._rows[row].get(seed, -1))
            if value is not None and isfinite(value):
                found[seed] = value
        return found

    def _dominated(self, row: str, best: str, values: Mapping[int, float], alpha: float) -> str | None:
        ours, theirs = self._of(row, values), self._of(best, values)
        paired = [seed for seed in ours if seed in theirs]
        if len(paired) < self._race.least_seeds:
            return None
        least = bound([ours[seed] - theirs[seed] for seed in paired], alpha)
        if not least > 0:
            return None
        here, there = fmean(ours[seed] for seed in paired), fmean(theirs[seed] for seed in paired)
        return (
            f"dominated by {self._name(best)}: mean {self._race.measure} {here:.6g} against {there:.6g}, at least "
            f"{least:.3g} more, over {len(paired)} paired seeds at look {self._look} "
            f"({self._race.confidence:.4g} confident over {len(self._rows)} rows and all looks)"
        )
