"""Where each policy stands by itself: what its replays cost, and how far from those who knew beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.compare.estimators import STATISTICS, estimate
from simulator.compare.samples import MEASURES
from simulator.compare.two_level import interval, two_level

if TYPE_CHECKING:
    from simulator.compare.samples import Samples

__all__ = ["standings"]


def standings(samples: Samples, *, confidence: float) -> pd.DataFrame:
    """Estimate every measure of every policy at every job and GPU.

    Parameters
    ----------
    samples
        The replays.
    confidence
        How often the intervals hold the truth, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy, measure, unit and statistic: estimate, low, high, and failed_pct, the share
        of replays that broke off [%]; all else is about the others. See `simulator.compare.Comparison.policies`.
    """
    tables = []
    for place in samples.places:
        times, stratum = samples.draws([place])
        for measure in MEASURES:
            measured = samples.of(place, measure)
            failed = 100 * np.isnan(measured.recorded).mean(axis=1)
            for statistic in STATISTICS:
                recorded, resampled = (estimate(values, statistic) for values in measured)
                sureness = two_level(recorded, samples.n_seeds, resampled, times, stratum)
                low, high = interval(sureness, confidence=confidence)
                tables.append(
                    pd.DataFrame(
                        {
                            "job": place[0],
                            "gpu": place[1],
                            "policy": samples.policies,
                            "measure": measure,
                            "unit": MEASURES[measure],
                            "statistic": statistic,
                            "estimate": sureness.estimate,
                            "low": low if measure.endswith("regret") else np.maximum(low, 0.0),
                            "high": high,
                            "failed_pct": failed,
                        }
                    )
                )
    return _ordered(pd.concat(tables, ignore_index=True), samples)


def _ordered(table: pd.DataFrame, samples: Samples) -> pd.DataFrame:
    """Bring together what is about one policy."""
    place = pd.Series(range(len(samples.places)), index=pd.MultiIndex.from_tuples(samples.places))
    key = np.lexsort(
        (
            table.index,
            table["policy"].map(samples.policies.index),
            place.loc[pd.MultiIndex.from_frame(table[["job", "gpu"]])],
        )
    )
    return table.iloc[key].reset_index(drop=True)
