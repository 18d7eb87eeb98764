"""What a policy's replays come to in one number, and how far chance moves it: mean, interquartile mean, median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["STATISTICS", "estimate", "relative_difference"]

#: All three are means of the middle replays: the median of the one or two in the middle, the mean of all.
STATISTICS = ("median", "iqm", "mean")


def estimate(values: Floats, statistic: str) -> tuple[Floats, Floats]:
    """Estimate a statistic over seeds, and the variance that the choice of seeds gives it.

    The interquartile mean drops a quarter of the replays, rounded down, at each end: one bad run does not move it, and
    it varies less than the median (R. Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical
    Precipice", NeurIPS 2021). Variances are in closed form, so that nothing is drawn: that of a trimmed mean from the
    winsorized replays (J. Tukey, D. McLaughlin, 1963), that of the median as J. Maritz and R. Jarrett do (1978).

    Parameters
    ----------
    values
        A number for each replay, shape (..., n_seeds). NaN stands for a replay that broke off; it is left out.
    statistic
        One of `STATISTICS`.

    Returns
    -------
    tuple of numpy.ndarray
        The statistic and its variance, each of shape (...). NaN where no replay is left, and a NaN variance where it
        is one.

    Examples
    --------
    >>> import numpy as np
    >>> hours = np.array([1.0, 2.0, 3.0, 4.0, 100.0, np.nan])
    >>> [float(estimate(hours, statistic)[0]) for statistic in STATISTICS]
    [3.0, 3.0, 22.0]
    """
    rows = values.reshape(-1, values.shape[-1])
    found, variance = np.full((2, len(rows)), np.nan)
    left = np.count_nonzero(~np.isnan(rows), axis=1)
    ordered = np.sort(rows, axis=1)  # NaN last
    for n in np.unique(left[left > 0]).tolist():
        alike = left == n
        found[alike], variance[alike] = _of_ordered(ordered[alike, :n], statistic)
    return found.reshape(values.shape[:-1]), variance.reshape(values.shape[:-1])


def _of_ordered(ordered: Floats, statistic: str) -> tuple[Floats, Floats]:
    n = ordered.shape[1]
    cut = {"median": (n - 1) // 2, "iqm": n // 4, "mean": 0}[statistic]
    found = ordered[:, cut : n - cut].mean(axis=1)
    if n == 1:
        return found, np.full(len(ordered), np.nan)
    if statistic == "median":
        return found, _median_variance(ordered)
    winsorized = np.clip(ordered, ordered[:, [cut]], ordered[:, [n - cut - 1]])
    return found, winsorized.var(axis=1, ddof=1) / (n * (1 - 2 * cut / n) ** 2)


def _median_variance(ordered: Floats) -> Floats:
    """Variance that the median of a bootstrap sample has: each replay is it with a known probability."""
    from scipy.special import betainc  # with the function, since the command line reads this room without it

    n = ordered.shape[1]
    weights = np.diff(betainc((n + 1) / 2, (n + 1) / 2, np.linspace(0, 1, n + 1)))
    centred = ordered - (ordered @ weights)[:, None]
    return np.asarray(centred**2 @ weights, float)


def relative_difference(values: Floats, baseline: Floats) -> tuple[Floats, Floats]:
    """Compare the mean of one policy with that of another which met the same luck, as a logarithm.

    The logarithm of the ratio treats twice as much and half as much alike, and may be averaged over jobs of any size
    (P. Fleming, J. Wallace, "How not to lie with statistics", CACM 1986). It becomes a relative difference by
    ``numpy.expm1``.

    Parameters
    ----------
    values, baseline
        A number for each replay, shape (..., n_seeds), with the same seed at the same place. A seed under which either
        broke off (NaN) is left out of both.

    Returns
    -------
    tuple of numpy.ndarray
        The logarithm of the ratio of means, shape (...), and the influence of each seed on it, shape (..., n_seeds):
        the sum of its squares is the variance of the logarithm, and influences may be added up over jobs before that.
        Both NaN where fewer than two seeds are left.

    Examples
    --------
    >>> import numpy as np
    >>> logarithm, influence = relative_difference(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    >>> round(float(np.expm1(logarithm)), 3), influence.tolist()
    (-0.5, [0.0, 0.0])
    """
    both = ~(np.isnan(values) | np.isnan(baseline))
    n = both.sum(axis=-1, keepdims=True).astype(float)
    n[n < 2] = np.nan
    ratios = []
    for each in (values, baseline):
        mean = np.where(both, each, 0.0).sum(axis=-1, keepdims=True) / n
        ratios.append((np.where(both, each, mean) / mean, mean))
    (one, mean), (other, base) = ratios
    return np.log(mean / base)[..., 0], (one - other) / np.sqrt(n * (n - 1))
