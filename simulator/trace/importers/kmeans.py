"""K-means of numbers on a line, the same for the same numbers: no random start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["cluster_numbers"]

#: Lloyd's algorithm ends by itself; this many rounds are more than it ever took.
_ROUNDS = 10_000


def cluster_numbers(values: ArrayLike, clusters: int) -> NDArray[np.int64]:
    """Sort numbers into clusters, by Lloyd's algorithm from evenly spaced quantiles.

    Parameters
    ----------
    values
        Numbers, shape (n,), of which at least ``clusters`` are unlike.
    clusters
        How many clusters.

    Returns
    -------
    numpy.ndarray
        Cluster of each number, shape (n,), numbered by rising mean; none is empty.

    Raises
    ------
    ValueError
        If there are too few unlike numbers.

    Examples
    --------
    >>> cluster_numbers([9.0, 1.0, 2.0, 50.0, 8.0], 3)
    array([1, 0, 0, 2, 1])
    """
    numbers = np.asarray(values, dtype=np.float64)
    unlike = np.unique(numbers)
    if not 0 < clusters <= len(unlike):
        raise ValueError(f"{len(unlike)} unlike numbers make no {clusters} clusters")
    ordered = np.sort(numbers)
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    centers = unlike[(np.arange(clusters) * 2 + 1) * len(unlike) // (2 * clusters)]
    for _ in range(_ROUNDS):
        cuts = np.searchsorted(ordered, (centers[1:] + centers[:-1]) / 2, side="right")
        edges = np.concatenate([[0], cuts, [len(ordered)]])
        size = np.diff(edges)
        if not size.all():
            centers = _filled(ordered, centers, size > 0)
            continue
        means = np.diff(total[edges]) / size
        if np.array_equal(means, centers):
            break
        centers = np.sort(means)
    return np.searchsorted((centers[1:] + centers[:-1]) / 2, numbers, side="left").astype(np.int64)


def _filled(ordered: NDArray[np.float64], centers: NDArray[np.float64], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Put an empty cluster's center where a number is farthest from all others."""
    kept = centers[used]
    farthest = ordered[np.abs(ordered[:, None] - kept[None, :]).min(axis=1).argmax()]
    rest = centers[~used][1:]
    return np.sort(np.concatenate([kept, [farthest], rest]))
