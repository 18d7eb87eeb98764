"""Intervals from two levels of chance: they hold the truth as often as they say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simulator.compare.two_level import Sureness, interval, probability_below, two_level

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "interval_coverage.py"


@pytest.fixture(scope="module")
def simulated_truth():
    """The benchmark that knows the truth, as a module."""
    spec = importlib.util.spec_from_file_location("interval_coverage", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(BENCHMARK.parent)])  # what benchmarks have in common lies there
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("n_recorded", [3, 5, 10])
def test_two_levels_hold_the_truth_as_often_as_they_say_and_seeds_alone_do_not(simulated_truth, n_recorded):
    """Of 600 intervals of 95 % with few recorded runs, 91 to 98 % hold the truth; from seeds alone not even a third.

    The seed is fixed; the benchmark finds 92 to 95 % over 2,000, and the error of a share of 600 is 1 %.
    """
    found = simulated_truth.coverage(n_recorded, trials=600, seed=1)
    assert 0.91 <= found.two_level <= 0.98
    assert found.seeds_only < 0.3
    assert found.percentile < found.two_level


def of_means(chance, sizes, *, n_resamples=4000, weights=None):
    """Bootstrap a weighted sum of means of recorded runs, without any seeds."""
    weights = np.ones(len(sizes)) if weights is None else weights
    records = [chance.normal(size=n) for n in sizes]
    total, times = np.zeros(n_resamples), []
    for weight, runs in zip(weights, records, strict=True):
        drawn = chance.integers(len(runs), size=(n_resamples, len(runs)))
        total += weight * runs[drawn].mean(axis=1)
        times.append((drawn[..., None] == np.arange(len(runs))).sum(axis=1))
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    zero = np.zeros(1)
    sureness = two_level((zero, zero), 100, (total[:, None], np.zeros((n_resamples, 1))), np.hstack(times), stratum)
    return sureness, records


def test_a_mean_of_few_runs_gets_its_own_t_interval():
    """With one batch size that matters, what comes out is the textbook's interval of a mean of n runs."""
    for n in (2, 3, 5):
        sureness, (runs,) = of_means(np.random.default_rng(n), [n])
        assert sureness.freedom == pytest.approx(n - 1)
        assert sureness.error == pytest.approx(stats.sem(runs), rel=0.05)


def test_each_batch_size_brings_its_own_degrees_of_freedom():
    """Welch's and Satterthwaite's: a size that hardly matters brings hardly any."""
    weights = np.array([1.0, 0.01, 0.5])
    sureness, records = of_means(np.random.default_rng(5), [3, 40, 6], weights=weights)
    parts = np.array([weight * stats.sem(runs) for weight, runs in zip(weights, records, strict=True)]) ** 2
    assert sureness.error == pytest.approx(np.sqrt(parts.sum()), rel=0.05)
    assert sureness.freedom == pytest.approx(parts.sum() ** 2 / (parts**2 / [2, 39, 5]).sum(), rel=0.1)


def test_the_luck_of_a_worlds_seeds_is_not_taken_for_a_difference_between_worlds():
    """Worlds that differ by their seeds alone add nothing; so few seeds each are enough."""
    chance = np.random.default_rng(2)
    noise = np.full((400, 1), 0.01)
    worlds = chance.normal(scale=0.1, size=(400, 1))
    times, stratum = chance.multinomial(5, [0.2] * 5, size=400), np.zeros(5, int)
    found = two_level((np.zeros(1), np.array([0.001])), 100, (worlds, noise), times, stratum)
    assert found.error**2 < 0.003  # and not 0.011
    assert found.error**2 >= 0.001


def test_what_was_recorded_once_adds_nothing_and_harms_nothing():
    """One run cannot be drawn otherwise; the interval is that of the seeds."""
    nothing = np.zeros((50, 2)), np.zeros((50, 2))
    recorded = np.array([1.0, 2.0]), np.array([0.25, 0.0])
    found = two_level(recorded, 11, nothing, np.ones((50, 3), int), np.arange(3))
    assert found.error.tolist() == [0.5, 0.0]
    assert found.freedom.tolist() == [10, 10]
    low, high = interval(found, confidence=0.9)
    assert low == pytest.approx([1 - stats.t(10).ppf(0.95) / 2, 2])
    assert high == pytest.approx([1 + stats.t(10).ppf(0.95) / 2, 2])


def test_worlds_in_which_a_policy_broke_off_are_left_out():
    """A NaN among the worlds is no world; nothing but NaN is no knowledge."""
    chance = np.random.default_rng(3)
    worlds, noise = chance.normal(size=(300, 2)), np.zeros((300, 2))
    times, stratum = chance.multinomial(5, [0.2] * 5, size=300), np.zeros(5, int)
    recorded = np.zeros(2), np.zeros(2)
    whole = two_level(recorded, 10, (worlds, noise), times, stratum)
    worlds[::3, 0] = np.nan
    worlds[:, 1] = np.nan
    part = two_level(recorded, 10, (worlds, noise), times, stratum)
    assert part.error[0] == pytest.approx(whole.error[0], rel=0.15)
    assert np.isnan(part.error[1])


def test_the_probability_below_is_that_of_students_t():
    """And a matter of fact where there is no error."""
    sureness = Sureness(np.array([1.0, 1.0, 1.0, 1.0]), np.array([0.5, 0.0, 0.0, 0.0]), np.array([3.0, 3, 3, 3]))
    found = [probability_below(sureness, bound)[at] for at, bound in enumerate((2.0, 2.0, 1.0, 0.0))]
    assert found == pytest.approx([stats.t(3).cdf(2), 1, 0.5, 0])
