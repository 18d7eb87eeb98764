"""Make overlapping submissions: when the recurrences of a job reach a cluster."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import TraceError
from simulator.trace.model.residual import round_significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DENSITIES", "synthesize_groups"]

#: Mean number of submissions in flight, by what the group is called after it: one in which runs hardly ever overlap,
#: one in which they do now and then, and one in which they always do.
DENSITIES: Mapping[str, float] = {"sparse": 0.05, "mixed": 0.7, "dense": 6.0}
#: Shape of the distribution of gaps: 1 is a Poisson process, infinity a clock.
REGULARITY = 4.0
#: Spread of the logarithm of runtimes; recorded histories of overlapping jobs used a like one.
RUNTIME_SPREAD = 0.3


def synthesize_groups(
    datasets: Iterable[str],
    *,
    seed: int,
    submissions: int = 20,
    mean_runtime_s: float = 3600.0,
    densities: Mapping[str, float] = DENSITIES,
) -> pd.DataFrame:
    """Make submissions of recurring jobs that overlap in some groups and not in others.

    Gaps between arrivals are gamma distributed, since recurring jobs come more regularly than at random; runtimes are
    log-normal. Both are whole seconds.

    Parameters
    ----------
    datasets
        Datasets whose jobs stand in for the groups; each gets one group per density.
    seed
        Random seed, 0 or above.
    submissions
        Submissions per group.
    mean_runtime_s
        Mean runtime of a submission [s].
    densities
        Mean number of submissions in flight [1] by the ending of the group's name.

    Returns
    -------
    pandas.DataFrame
        Columns group, dataset, start_time [s], end_time [s], runtime_ratio [1] (runtime over the mean runtime of all
        submissions with this dataset, as published). Rows of a group are ordered by start.

    Raises
    ------
    TraceError
        If a number makes no sense.

    Examples
    --------
    >>> groups = synthesize_groups(["squad"], seed=1, submissions=2, densities={"dense": 6.0})
    >>> list(groups.columns), list(groups["group"])
    (['group', 'dataset', 'start_time', 'end_time', 'runtime_ratio'], ['squad-dense', 'squad-dense'])
    """
    if seed < 0 or submissions < 1 or not mean_runtime_s > 0 or not all(density > 0 for density in densities.values()):
        raise TraceError("groups need a seed of 0 or above, and submissions, runtime and densities above 0")
    tables = []
    for dataset in datasets:
        of_dataset = []
        for name, density in densities.items():
            group = f"{dataset}-{name}"
            rng = np.random.default_rng([seed, zlib.crc32(group.encode())])
            gap = np.maximum(1, np.rint(rng.gamma(REGULARITY, mean_runtime_s / density / REGULARITY, submissions)))
            runtime = np.exp(rng.normal(-(RUNTIME_SPREAD**2) / 2, RUNTIME_SPREAD, submissions)) * mean_runtime_s
            runtime = np.maximum(1, np.rint(runtime))
            start = np.cumsum(gap)
            of_dataset.append(
                pd.DataFrame({"group": group, "dataset": dataset, "start_time": start, "end_time": start + runtime})
            )
        table = pd.concat(of_dataset)
        lasted = table["end_time"] - table["start_time"]
        tables.append(table.assign(runtime_ratio=(lasted / lasted.mean()).map(round_significant)))
    return pd.concat(tables, ignore_index=True)
