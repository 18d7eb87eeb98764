"""Sums as numpy makes them: pairwise, so that rounding errors grow with the logarithm of the length.

Uncompiled these are numpy's own; ``wide.py`` tells numba how to compile them into code that does the same additions in
the same order. Source of the order: numpy's documentation of ``sum``, and its results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["pairwise_squares", "pairwise_sum"]


def pairwise_sum(values: NDArray[np.float64], first: int, n: int) -> float:
    """Add up n neighbours, ``np.add.reduce(values[first : first + n])``."""
    return float(np.add.reduce(values[first : first + n]))


def pairwise_squares(values: NDArray[np.float64], first: int, n: int, mean: float) -> float:
    """Add up the squared distances of n neighbours from a mean, with the additions of :func:`pairwise_sum`."""
    distances = values[first : first + n] - mean
    return float(np.add.reduce(distances * distances))
