"""Recurrences in pools: the first one by one, later ones ever more of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["first_pooled", "pooled"]

#: Pools of recurrences per doubling.
_PER_DOUBLING = 4


def pooled(recurrence: ArrayLike) -> NDArray[np.float64]:
    """Assign each recurrence to the place where it is drawn.

    Parameters
    ----------
    recurrence
        Recurrences, from 0, shape (n,).

    Returns
    -------
    numpy.ndarray
        Where each is drawn, from 1: the geometric middle of the first and last recurrence of its pool, shape (n,).

    Examples
    --------
    >>> pooled([0, 1, 2, 3, 4, 5, 8]).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0]
    >>> np.unique(pooled(range(16, 32))).round(1).tolist()
    [18.0, 21.0, 24.5, 28.9, 32.0]
    """
    number = np.asarray(recurrence, float) + 1
    pool = np.floor(_PER_DOUBLING * np.log2(number) + 1e-9)
    _, at = np.unique(pool, return_inverse=True)
    first, last = np.full(at.max(initial=-1) + 1, np.inf), np.zeros(at.max(initial=-1) + 1)
    np.minimum.at(first, at, number)
    np.maximum.at(last, at, number)
    drawn_at: NDArray[np.float64] = np.sqrt(first * last)[at]
    return drawn_at


def first_pooled(recurrences: int) -> int | None:
    """Find from which recurrence on, counted from 1, some share a place; None if each has its own.

    Parameters
    ----------
    recurrences
        How many there are.

    Examples
    --------
    >>> first_pooled(100), first_pooled(5)
    (8, None)
    """
    places = pooled(np.arange(recurrences))
    shared = np.flatnonzero(np.diff(places) == 0)
    return int(shared[0]) + 1 if len(shared) else None
