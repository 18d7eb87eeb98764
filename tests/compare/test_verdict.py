"""What a comparison allows one to say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.compare.two_level import Sureness, interval
from simulator.compare.verdict import claims, judge


def sure(low_pct, high_pct, *, confidence=0.95):
    """Make an estimate whose interval has these ends [%]."""
    low, high = np.log1p(np.array([low_pct, high_pct], float) / 100)
    reach = stats.norm.ppf((1 + confidence) / 2)
    return Sureness(np.array([(low + high) / 2]), np.array([(high - low) / 2 / reach]), np.array([1e9]))


@pytest.mark.parametrize(
    ("low_pct", "high_pct", "smallest", "verdict"),
    [
        (-14.0, -10.1, 0.01, "better"),
        (-14.0, -0.9, 0.01, "cannot tell"),  # less, but perhaps not by anything that matters
        (-14.0, -0.9, 0.0, "better"),
        (-14.0, 0.1, 0.0, "cannot tell"),
        (10.1, 14.0, 0.01, "worse"),
        (0.9, 14.0, 0.01, "cannot tell"),
        (-0.8, 0.9, 0.01, "equivalent"),
        (-0.59, -0.02, 0.01, "equivalent"),  # surely less, and surely by nothing that matters
        (-0.59, -0.02, 0.0, "better"),
        (-0.82, 0.25, 0.005, "cannot tell"),
        (-60.0, 90.0, 0.01, "cannot tell"),
    ],
)
def test_a_claim_is_made_where_the_whole_interval_lies_where_it_says(low_pct, high_pct, smallest, verdict):
    """Without correction, the verdict can be read off the interval."""
    claimed, p_value = claims(sure(low_pct, high_pct), smallest_difference=smallest)
    assert judge(claimed, p_value, confidence=0.95).tolist() == [verdict]


def test_the_rule_holds_at_any_interval():
    """Interval and verdict agree for 5,000 estimates of any size and sureness."""
    chance = np.random.default_rng(8)
    sureness = Sureness(
        chance.normal(scale=0.05, size=5000), chance.exponential(0.02, size=5000), chance.uniform(1, 50, size=5000)
    )
    claimed, p_value = claims(sureness, smallest_difference=0.02)
    verdict = judge(claimed, p_value, confidence=0.9)
    low, high = interval(sureness, confidence=0.9)
    below, above = np.log(0.98), np.log(1.02)
    expected = np.select(
        [high <= below, low >= above, (low >= below) & (high <= above)],
        ["better", "worse", "equivalent"],
        "cannot tell",
    )
    assert verdict.tolist() == expected.tolist()
    assert len(set(expected)) == 4


def test_p_values_are_uniform_if_there_is_no_difference():
    """With any difference of interest, the p-value is the usual two-sided one."""
    chance = np.random.default_rng(9)
    runs = chance.normal(size=(4000, 6))
    sureness = Sureness(runs.mean(axis=1), runs.std(axis=1, ddof=1) / np.sqrt(6), np.full(4000, 5.0))
    _, p_value = claims(sureness, smallest_difference=0)
    assert p_value == pytest.approx(stats.ttest_1samp(runs, 0, axis=1).pvalue)
    assert stats.kstest(p_value, "uniform").pvalue > 0.01


@pytest.mark.parametrize("true_pct", [-1.0, 0.0, 1.0, 3.0])
def test_false_verdicts_are_as_rare_as_promised(true_pct):
    """Whatever the truth, its borders included, at most 5 % of verdicts say something else."""
    chance = np.random.default_rng(10)
    truth = np.log1p(true_pct / 100)
    runs = truth + chance.normal(scale=0.005, size=(8000, 8))
    sureness = Sureness(runs.mean(axis=1), runs.std(axis=1, ddof=1) / np.sqrt(8), np.full(8000, 7.0))
    claimed, p_value = claims(sureness, smallest_difference=0.01)
    verdict = judge(claimed, p_value, confidence=0.95)
    true = "worse" if true_pct > 1 else "equivalent"
    borders = {-1.0: {"better"}, 1.0: {"worse"}}.get(true_pct, set())  # at a border itself, either word would do
    wrong = ~np.isin(verdict, [true, "cannot tell"])
    assert wrong.mean() <= 0.05 + 0.007
    assert set(verdict[wrong]) <= borders | {"better", "worse", "equivalent"}


def test_nothing_known_means_one_cannot_tell():
    """NaN is no evidence for anything."""
    nan = np.array([np.nan, 0.0])
    claimed, p_value = claims(Sureness(nan, nan[::-1], np.ones(2)), smallest_difference=0.01)
    assert np.isnan(p_value).all()
    assert judge(claimed, p_value, confidence=0.95).tolist() == ["cannot tell"] * 2


@pytest.mark.parametrize(("smallest", "verdict"), [(0.01, "equivalent"), (0.0, "equivalent")])
def test_policies_that_did_the_same_are_equivalent(smallest, verdict):
    """No difference in any replay, and so no error either."""
    claimed, p_value = claims(Sureness(np.zeros(1), np.zeros(1), np.ones(1)), smallest_difference=smallest)
    assert judge(claimed, p_value, confidence=0.95).tolist() == [verdict]
