"""How far seeds move a mean, and a difference between rows that met the same seeds.

Means have intervals of Student's t over the cells of a row (Student, "The probable error of a mean", Biometrika 1908);
differences are paired by seed, as logarithms of ratios of means (`simulator.compare.estimators.relative_difference`).
Both say how far other seeds would move the number, and nothing of how far other recorded runs would; for that there is
`simulator.compare`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.compare.estimators import estimate, relative_difference
from simulator.compare.two_level import Sureness, interval
from simulator.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Interval", "changes_pct", "check_confidence", "means"]


class Interval(NamedTuple):
    """A number for each row, and the ends of its interval; arrays of shape (n_rows,).

    Parameters
    ----------
    value
        What was found; NaN where nothing was.
    low, high
        Ends; NaN where fewer than two cells say anything.
    n
        From how many cells.
    """

    value: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]


def check_confidence(confidence: float) -> None:
    """Refuse what is no share.

    Raises
    ------
    ConfigError
        If it does not lie between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence is {confidence}; it is a share, above 0 and below 1")


def means(values: Floats, *, confidence: float) -> Interval:
    """Average each row over its cells.

    Parameters
    ----------
    values
        A number for each cell, shape (n_rows, most cells of a row); NaN is left out.
    confidence
        How often such intervals hold the mean of infinitely many seeds, 0 to 1.

    Examples
    --------
    >>> found = means(np.array([[1.0, 2.0, 3.0], [5.0, np.nan, np.nan]]), confidence=0.95)
    >>> found.value.tolist(), found.low.round(3).tolist(), found.n.tolist()
    ([2.0, 5.0], [-0.484, nan], [3, 1])
    """
    n = np.count_nonzero(~np.isnan(values), axis=1)
    if not values.size:
        nothing = np.full(len(values), np.nan)
        return Interval(nothing, nothing, nothing, n)
    found, variance = estimate(values, "mean")
    low, high = interval(Sureness(found, np.sqrt(variance), np.maximum(n - 1.0, 1.0)), confidence=confidence)
    return Interval(found, low, high, n)


def changes_pct(values: Floats, baseline: Floats, *, confidence: float) -> Interval:
    """Compare each row with another that met the same seeds.

    Parameters
    ----------
    values, baseline
        A number for each seed, shape (n_rows, n_seeds), with the same seed at the same place. A seed that either lacks
        (NaN) is left out of both. Rows of which a mean is not above zero have no ratio, and are NaN.
    confidence
        How often such intervals hold the change, 0 to 1.

    Returns
    -------
    Interval
        Change of the mean [%], and how many pairs it rests on.

    Examples
    --------
    >>> found = changes_pct(np.array([[1.0, 2.1, 3.0]]), np.array([[2.0, 4.0, 6.0]]), confidence=0.95)
    >>> [round(float(number[0]), 1) for number in found[:3]], found.n.tolist()
    ([-49.2, -52.8, -45.3], [3])
    """
    both = ~(np.isnan(values) | np.isnan(baseline))
    n = both.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm, influence = relative_difference(values, baseline)
        error = np.sqrt((influence**2).sum(axis=1))
        known = np.isfinite(logarithm) & np.isfinite(error)
        logarithm, error = np.where(known, logarithm, np.nan), np.where(known, error, np.nan)
        low, high = interval(Sureness(logarithm, error, np.maximum(n - 1.0, 1.0)), confidence=confidence)
    change, low, high = (100 * np.expm1(end) for end in (logarithm, low, high))
    return Interval(change, low, high, n)
