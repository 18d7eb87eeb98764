"""How often intervals hold the truth, in a simulated world where the truth is known.

A job has batch sizes whose cost of a run varies from run to run by a known law. A few runs of each are recorded, and
two policies are replayed on them: one always takes the first batch size, the other tries each and keeps to the
cheapest. What they would cost on average over all records that could have been made is found by brute force. Then
records are made many times over, and for each the statistics of `simulator.compare` give an interval: from both levels,
recorded runs and seeds, and from seeds alone.

    python benchmarks/interval_coverage.py [--trials 2000] [--recorded 2 3 5 10]
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from suite.measured import share

from simulator.compare.estimators import relative_difference
from simulator.compare.two_level import interval, two_level

#: Median cost of a run at each batch size, and the standard deviation of its logarithm.
MEDIANS = np.array([10.0, 8.0, 9.0, 16.0])
SPREAD = 0.25
RECURRENCES, TRIES = 30, 2
CONFIDENCE = 0.95
#: How many runs of each batch size are recorded.
RECORDED = [2, 3, 5, 10]


class Coverage(NamedTuple):
    """What came out: the true logarithm of the ratio, and the share of intervals that hold it."""

    truth: float
    two_level: float
    seeds_only: float
    percentile: float


def record(chance, n_recorded, n_records):
    """Record runs: cost of shape (n_records, n_sizes, n_recorded)."""
    noise = chance.standard_normal((n_records, len(MEDIANS), n_recorded))
    return MEDIANS[:, None] * np.exp(SPREAD * noise)


def replay(chance, records, n_seeds):
    """Replay both policies with the same luck: costs of shape (2, n_records, n_seeds)."""
    n_records, n_sizes, n_recorded = records.shape
    run = chance.integers(n_recorded, size=(n_records, n_seeds, n_sizes, RECURRENCES))
    luck = np.take_along_axis(records[:, None], run, axis=-1)  # cost of the k-th run of a batch size
    constant = luck[:, :, 0].sum(axis=-1)
    tried = luck[..., :TRIES].sum(axis=(-2, -1))
    best = luck[..., :TRIES].mean(axis=-1).argmin(axis=-1)
    later = luck[..., TRIES : RECURRENCES - TRIES * (n_sizes - 1)].sum(axis=-1)
    return np.stack([constant, tried + np.take_along_axis(later, best[..., None], axis=-1)[..., 0]])


def true_difference(chance, n_recorded, n_records=4000, n_seeds=50):
    """Find the mean, over records and seeds, of the logarithm of the ratio of mean costs."""
    constant, learning = replay(chance, record(chance, n_recorded, n_records), n_seeds)
    return float(relative_difference(learning, constant)[0].mean())


def one_trial(chance, n_recorded, *, n_seeds=50, n_resamples=200, n_resample_seeds=10):
    """Make a record and its intervals: two_level, seeds_only, percentile, each a pair of ends."""
    (runs,) = record(chance, n_recorded, 1)
    drawn = chance.integers(n_recorded, size=(n_resamples, *runs.shape))
    times = (drawn[..., None] == np.arange(n_recorded)).sum(axis=-2).reshape(n_resamples, -1)
    stratum = np.repeat(np.arange(len(runs)), n_recorded)
    constant, learning = replay(chance, runs[None], n_seeds)
    found, influence = relative_difference(learning, constant)
    recorded = found, (influence**2).sum(axis=-1)
    constant, learning = replay(chance, np.take_along_axis(runs[None], drawn, axis=-1), n_resample_seeds)
    worlds, influence = relative_difference(learning, constant)
    resampled = worlds[:, None], (influence**2).sum(axis=-1)[:, None]
    none = np.empty((0, 1)), np.empty((0, 1))
    both, seeds = (two_level(recorded, n_seeds, among, times, stratum) for among in (resampled, none))
    ends = [np.ravel(interval(each, confidence=CONFIDENCE)) for each in (both, seeds)]
    return [*ends, np.quantile(worlds, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])]


def coverage(n_recorded, *, trials, seed=0):
    """Measure how often intervals hold the truth when so many runs of each batch size are recorded."""
    chance = np.random.default_rng([seed, n_recorded])
    truth = true_difference(chance, n_recorded)
    held = [[low <= truth <= high for low, high in one_trial(chance, n_recorded)] for _ in range(trials)]
    return Coverage(truth, *np.mean(held, axis=0).tolist())


def measurements(*, quick):
    """Measure how often intervals from both levels hold the truth."""
    trials = 100 if quick else 2000
    for n_recorded in RECORDED:
        held = round(coverage(n_recorded, trials=trials).two_level * trials)
        told = {"recorded": n_recorded, "seed": 0}
        yield share(f"coverage/two-levels-{n_recorded}-recorded", held, trials, against="the known truth", **told)


#: What ``python -m benchmarks`` measures.
PARTS = {"coverage": measurements}


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--recorded", type=int, nargs="+", default=RECORDED)
    asked = parser.parse_args()
    print(f"share of {CONFIDENCE:.0%} intervals that hold the truth, {asked.trials} records each")
    print(f"{'recorded runs':>13}  {'difference':>10}  {'two levels':>10}  {'seeds only':>10}  {'percentile':>10}")
    for n_recorded in asked.recorded:
        found = coverage(n_recorded, trials=asked.trials)
        print(
            f"{n_recorded:>13}  {np.expm1(found.truth):>10.1%}  {found.two_level:>10.1%}  {found.seeds_only:>10.1%}"
            f"  {found.percentile:>10.1%}"
        )


if __name__ == "__main__":
    main()
