"""Many comparisons at once: p-values raised so that few, or none, of the claims are false."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CORRECTIONS", "correct"]

CORRECTIONS = ("holm", "benjamini-hochberg", "none")


def correct(p_values: ArrayLike, method: str = "holm") -> NDArray[np.float64]:
    """Correct the p-values of a family of comparisons.

    ``"holm"`` keeps the probability of even one false claim below the level, however the comparisons depend on one
    another (S. Holm, "A simple sequentially rejective multiple test procedure", 1979). ``"benjamini-hochberg"`` keeps
    the expected share of false claims among all claims below it, which finds more (Y. Benjamini, Y. Hochberg,
    "Controlling the false discovery rate", 1995).

    Parameters
    ----------
    p_values
        P-values, shape (n_comparisons,). NaN is no comparison, and stays.
    method
        One of `CORRECTIONS`.

    Returns
    -------
    numpy.ndarray
        Corrected p-values, never smaller, at most 1.

    Examples
    --------
    >>> correct([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, float)
    corrected = given.copy()
    (compared,) = np.nonzero(~np.isnan(given))
    order = compared[np.argsort(given[compared], kind="stable")]
    n = len(order)
    if method == "holm":
        corrected[order] = np.maximum.accumulate(given[order] * (n - np.arange(n)))
    elif method == "benjamini-hochberg":
        raised = given[order] * (n / (1 + np.arange(n)))
        corrected[order] = np.minimum.accumulate(raised[::-1])[::-1]
    return np.asarray(np.minimum(corrected, 1.0), float)
