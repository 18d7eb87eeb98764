"""Which rows are worth choosing so far: the front of energy and time, and what a row costs beyond the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["on_fronts", "regrets_pct"]


def on_fronts(energy_j: Floats, time_s: Floats, contexts: Sequence[object]) -> NDArray[np.bool_]:
    """Find the rows that no other row of their context beats in both energy and time: the Pareto front.

    As `simulator.compare.front.on_front`, in n log n.

    Parameters
    ----------
    energy_j, time_s
        Means of the rows, shape (n_rows,). Where either is NaN, a row is neither on the front nor held against others.
    contexts
        What each row is comparable within; hashable.

    Returns
    -------
    numpy.ndarray
        Whether each row is on the front of its context, shape (n_rows,). Of equal rows, all are.

    Examples
    --------
    >>> on_fronts(np.array([3.0, 2.0, 1.0, 2.5, 9.0]), np.array([1.0, 2.0, 3.0, 2.5, 9.0]), "aaaab").tolist()
    [True, True, True, False, True]
    """
    found = np.zeros(len(energy_j), bool)
    for rows in _within(contexts, ~(np.isnan(energy_j) | np.isnan(time_s))):
        order = rows[np.lexsort((time_s[rows], energy_j[rows]))]
        energy, time = energy_j[order], time_s[order]
        least_before = np.minimum.accumulate(np.concatenate([[np.inf], time[:-1]]))
        twin = np.concatenate([[False], (energy[1:] == energy[:-1]) & (time[1:] == time[:-1])])
        best = time < least_before
        best[0] = True  # whatever its time, nothing takes less energy
        best = best[np.maximum.accumulate(np.where(twin, 0, np.arange(len(order))))]  # equal rows share what is said
        found[order] = best
    return found


def regrets_pct(cost: Floats, contexts: Sequence[object]) -> Floats:
    """Say how far above the cheapest row of its context each row is [%].

    The cheapest is that so far: it may fall while cells are still to run.

    Parameters
    ----------
    cost
        Mean cost of each row, shape (n_rows,); NaN where it is not known.
    contexts
        What each row is comparable within; hashable.

    Examples
    --------
    >>> regrets_pct(np.array([2.0, 3.0, 5.0]), "aab").tolist()
    [0.0, 50.0, 0.0]
    """
    found = np.full(len(cost), np.nan)
    for rows in _within(contexts, np.isfinite(cost)):
        least = cost[rows].min()
        if least > 0:
            found[rows] = 100 * (cost[rows] / least - 1)
    return found


def _within(contexts: Sequence[object], known: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Positions of the known rows of each context."""
    positions: dict[object, list[int]] = {}
    for at in np.flatnonzero(known).tolist():
        positions.setdefault(contexts[at], []).append(at)
    return [np.array(rows) for rows in positions.values()]
