"""How sure a number is that rests on chance twice: which runs happened to be recorded, and which seeds were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Sureness", "interval", "probability_below", "two_level"]


class Sureness(NamedTuple):
    """Estimates, and how sure they are; arrays of one shape.

    Parameters
    ----------
    estimate
        What the recorded runs say.
    error
        Standard error.
    freedom
        Degrees of freedom of Student's t: few where few recorded runs decide.
    """

    estimate: Floats
    error: Floats
    freedom: Floats


def two_level(
    recorded: tuple[Floats, Floats], n_seeds: int, resampled: tuple[Floats, Floats], times: Integers, stratum: Integers
) -> Sureness:
    """Put the two levels together: the variance from recorded runs, and the variance from seeds.

    The estimand is what would come out of infinitely many seeds and newly recorded runs, as many as there were. The
    first level is a bootstrap: runs are drawn again within each batch size, and everything is replayed, since a policy
    reacts to what was recorded. The second is that each such world is replayed with seeds of its own; what they add to
    the spread between worlds is known, and taken off again (A. Davison, D. Hinkley, "Bootstrap Methods and their
    Application", 1997, section 3.8).

    Drawing n runs again gives only (n − 1)/n of the variance, which matters if n is 3. Which batch sizes the variance
    comes from is found from how often each run was drawn (the infinitesimal jackknife: B. Efron, "Estimation and
    Accuracy after Model Selection", JASA 2014); each one's part is then scaled by n/(n − 1), and has n − 1 degrees of
    freedom (F. Satterthwaite, 1946). ``benchmarks/interval_coverage.py`` shows what comes of it: with 2 to 10 runs of
    each batch size, 92 to 95 of 100 intervals hold the truth, percentiles of the worlds 71 to 92, seeds alone 7 to 19.

    Parameters
    ----------
    recorded
        Estimates from the recorded runs, shape (n_estimates,), and the variances that seeds give them.
    n_seeds
        How many seeds those are.
    resampled
        The same from runs drawn again, each of shape (n_resamples, n_estimates). No resample: only seeds count.
    times
        How often each run was drawn, shape (n_resamples, n_runs).
    stratum
        Number of the stratum of each run, shape (n_runs,): runs are drawn within a stratum.

    Returns
    -------
    Sureness
        Arrays of shape (n_estimates,).
    """
    estimate, of_seeds = recorded
    worlds, noise = resampled
    if len(worlds) < 2:
        return Sureness(estimate, np.sqrt(of_seeds), np.full(estimate.shape, float(n_seeds - 1)))
    known = ~(np.isnan(worlds) | np.isnan(noise))
    n_worlds = np.where(known.sum(axis=0) > 1, known.sum(axis=0), np.nan)
    centred = np.where(known, worlds - np.where(known, worlds, 0.0).sum(axis=0) / n_worlds, 0.0)
    spread = (centred**2).sum(axis=0) / (n_worlds - 1)
    of_runs = np.maximum(spread - np.where(known, noise, 0.0).sum(axis=0) / n_worlds, 0.0)
    size = np.bincount(stratum)
    varying = np.flatnonzero(size > 1)  # what was recorded once cannot come out otherwise
    size = size[varying, None]
    parts = of_runs * _shares(centred, times, stratum == varying[:, None]) * size / (size - 1)
    variance = of_seeds + parts.sum(axis=0)
    doubt = of_seeds**2 / (n_seeds - 1) + (parts**2 / (size - 1)).sum(axis=0)
    freedom = np.divide(variance**2, doubt, out=np.full(variance.shape, float(n_seeds - 1)), where=doubt > 0)
    return Sureness(estimate, np.sqrt(variance), freedom)


def _shares(centred: Floats, times: Integers, of_stratum: NDArray[np.bool_]) -> Floats:
    """Share of each stratum in the variance between worlds, shape (n_strata, n_estimates).

    ``of_stratum`` says of each run whether it belongs to each stratum, shape (n_strata, n_runs).
    """
    n_worlds = len(centred)
    influence = (times - times.mean(axis=0)).T @ centred / n_worlds
    # Chance alone gives each run an influence; that much is taken off (S. Wager et al., JMLR 2014, equation 7).
    chance = times.var(axis=0)[:, None] * (centred**2).mean(axis=0) / n_worlds
    amount = np.maximum(of_stratum @ (influence**2 - chance), 0.0)
    amount = np.where(amount.sum(axis=0) > 0, amount, 1.0)  # no trace of any: all alike
    return np.asarray(amount / amount.sum(axis=0), float)


def interval(sureness: Sureness, *, confidence: float) -> tuple[Floats, Floats]:
    """Both ends of the interval of Student's t around each estimate.

    Parameters
    ----------
    sureness
        Estimates, and how sure they are.
    confidence
        How often such intervals hold the truth, 0 to 1.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper ends; NaN where nothing is known of the error.
    """
    from scipy.special import stdtrit

    reach = stdtrit(sureness.freedom, (1 + confidence) / 2) * sureness.error
    return sureness.estimate - reach, sureness.estimate + reach


def probability_below(sureness: Sureness, bound: float) -> Floats:
    """How surely each estimand lies below a bound: one minus the p-value of the claim that it does.

    Parameters
    ----------
    sureness
        Estimates, and how sure they are.
    bound
        The bound.

    Returns
    -------
    numpy.ndarray
        0 to 1; where there is no error at all 0, 1/2 (at the bound) or 1.
    """
    from scipy.special import stdtr

    distance = bound - sureness.estimate
    known = sureness.error > 0
    scaled = np.divide(distance, sureness.error, out=np.zeros(distance.shape), where=known)
    surely = np.where(known, stdtr(sureness.freedom, scaled), (np.sign(distance) + 1) / 2)
    return np.where(np.isnan(sureness.estimate) | np.isnan(sureness.error), np.nan, surely)
