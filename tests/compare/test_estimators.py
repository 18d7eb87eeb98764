"""Mean, interquartile mean and median, with the variance that seeds give them; paired ratios."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.compare.estimators import STATISTICS, estimate, relative_difference

SCIPY = {"mean": np.mean, "median": np.median, "iqm": lambda values: stats.trim_mean(values, 0.25)}


@pytest.mark.parametrize("statistic", STATISTICS)
def test_estimates_are_those_of_numpy_and_scipy(statistic):
    """For any number of replays, odd or even, and whatever shape lies in front."""
    chance = np.random.default_rng(1)
    for n in range(1, 14):
        values = chance.lognormal(size=(2, 3, n))
        found, variance = estimate(values, statistic)
        assert found.shape == variance.shape == (2, 3)
        expected = [[SCIPY[statistic](row) for row in rows] for rows in values]
        assert found == pytest.approx(np.array(expected))


@pytest.mark.parametrize("statistic", STATISTICS)
def test_variances_are_those_that_other_seeds_would_show(statistic):
    """The mean variance over many samples is the variance among them; a bootstrap makes the median's a bit larger."""
    chance = np.random.default_rng(2)
    found, variance = estimate(chance.lognormal(sigma=0.5, size=(20000, 41)), statistic)
    assert 0.95 < variance.mean() / found.var() < (1.25 if statistic == "median" else 1.05)


def test_the_variance_of_the_median_is_that_of_its_bootstrap():
    """Exactly what drawing the replays again, without end, would give."""
    chance = np.random.default_rng(3)
    values = chance.lognormal(size=21)
    medians = np.median(chance.choice(values, size=(200_000, 21)), axis=1)
    assert estimate(values, "median")[1] == pytest.approx(medians.var(), rel=0.03)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_replays_that_broke_off_are_left_out(statistic):
    """Rows with NaN equal rows without them; with nothing left there is no estimate, with one no variance."""
    values = np.array([[5.0, np.nan, 1.0, 2.0, np.nan, 9.0], [np.nan] * 6, [np.nan] * 5 + [3.0]])
    found, variance = estimate(values, statistic)
    alone = estimate(np.array([5.0, 1.0, 2.0, 9.0]), statistic)
    assert (found[0], variance[0]) == (alone[0], alone[1])
    assert np.isnan(found[1])
    assert found[2] == 3
    assert np.isnan(variance[1:]).all()


def test_one_bad_run_moves_the_mean_alone():
    """Which is why the other two stand beside it."""
    values = np.arange(1.0, 21.0)
    spoilt = np.append(values[:-1], 1e6)
    for statistic, moved in (("mean", True), ("iqm", False), ("median", False)):
        assert (estimate(values, statistic)[0] != estimate(spoilt, statistic)[0]) == moved


def test_pairing_by_seed_reduces_the_variance():
    """Luck that both met cancels; the variance is that of differences, found by brute force."""
    chance = np.random.default_rng(4)

    def pairs(n):
        luck = chance.lognormal(sigma=0.5, size=(n, 60))
        return 0.9 * luck * chance.lognormal(sigma=0.05, size=(n, 60)), luck

    values, baseline = pairs(4000)
    logarithm, influence = relative_difference(values, baseline)
    paired = (influence**2).sum(axis=1)
    assert paired.mean() == pytest.approx(logarithm.var(), rel=0.1)
    _, shuffled = relative_difference(values, np.roll(baseline, 1, axis=1))
    assert (shuffled**2).sum(axis=1).mean() > 20 * paired.mean()
    assert np.expm1(logarithm.mean()) == pytest.approx(-0.1, abs=0.005)


def test_a_seed_under_which_either_broke_off_is_left_out_of_both():
    """The pair is gone; fewer than two pairs say nothing."""
    values, baseline = np.array([1.0, np.nan, 3.0, 4.0]), np.array([2.0, 2.0, np.nan, 5.0])
    logarithm, influence = relative_difference(values, baseline)
    alone, of_two = relative_difference(values[[0, 3]], baseline[[0, 3]])
    assert logarithm == alone
    assert influence[[1, 2]].tolist() == [0, 0]
    assert (influence**2).sum() == pytest.approx((of_two**2).sum())
    nothing, influence = relative_difference(values[:3], baseline[:3])
    assert np.isnan(nothing)
    assert np.isnan(influence).all()
