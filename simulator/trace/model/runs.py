"""Draw training runs from epoch curves."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from simulator.errors import TraceError
from simulator.trace.model.epochs import SPREAD_LIMIT
from simulator.trace.model.extrapolation import warn_of_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.job import Job
    from simulator.trace.model.parameters import Workload

__all__ = ["TRAIN_COLUMNS", "train_rows"]

TRAIN_COLUMNS = (
    "dataset",
    "network",
    "batch_size",
    "optimizer",
    "learning_rate",
    "run",
    "target_metric",
    "target_epoch",
)


def train_rows(
    workload: Workload, *, seed: int, runs: int, batch_sizes: Sequence[int], jobs: Sequence[Job] = ()
) -> pd.DataFrame:
    """Draw runs of one workload.

    A run is good or bad at all targets alike: one normal number places it within the spread of every curve, and one
    uniform number decides which targets it reaches, so that a harder target is never reached earlier, nor alone. Both
    are stratified over the runs of a batch size: five runs cover the spread, and of ten runs with a chance of 0.7
    seven reach the target.

    Parameters
    ----------
    workload
        The workload.
    seed
        Random seed, 0 or above. Each batch size has a stream of its own.
    runs
        Runs per batch size.
    batch_sizes
        Batch sizes [samples], ascending; those far beyond the recorded ones are logged.
    jobs
        Jobs whose default batch size converges in every run; see `simulator.trace.model.synthesize`.

    Returns
    -------
    pandas.DataFrame
        Train trace, one row per batch size, run and target.

    Raises
    ------
    TraceError
        If a job's default batch size cannot reach its target in time.
    """
    metrics = [curve.target_metric for curve in workload.targets]
    warn_of_sizes(", ".join(workload.key), workload.batch_sizes, batch_sizes)
    tables = []
    for size in batch_sizes:
        target_epoch = _target_epochs(workload, size, seed, runs, [job for job in jobs if job.default_bs == size])
        tables.append(
            pd.DataFrame(
                {
                    "dataset": workload.dataset,
                    "network": workload.network,
                    "batch_size": size,
                    "optimizer": workload.optimizer,
                    "learning_rate": workload.learning_rate(size),
                    "run": np.repeat(np.arange(1, runs + 1), len(metrics)),
                    "target_metric": np.tile(metrics, runs),
                    "target_epoch": target_epoch.ravel(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _target_epochs(workload: Workload, size: int, seed: int, runs: int, jobs: Sequence[Job]) -> NDArray[np.float64]:
    """Epochs of each run (rows) until each target (columns), NaN where it is not reached."""
    curves = workload.targets
    rng = np.random.default_rng([seed, zlib.crc32(",".join(workload.key).encode()), size])
    upper = min((_latest(workload, size, job) for job in jobs), default=SPREAD_LIMIT)
    low, high = ndtr(-SPREAD_LIMIT), ndtr(upper)
    within = ndtri(low + (high - low) * (rng.permutation(runs) + rng.random(runs)) / runs)
    luck = (rng.permutation(runs) + 0.5) / runs

    typical = np.array([float(curve.epochs(size)) for curve in curves])
    spread = np.array([curve.spread(size, workload.batch_sizes) for curve in curves])
    epochs = np.maximum(1.0, np.rint(typical * np.exp(np.outer(within, spread))))
    reached = luck[:, None] < np.array([curve.chance(size, workload.batch_sizes) for curve in curves])
    for job in jobs:
        reached[:, : _position(workload, job) + 1] = True
    reached = np.logical_and.accumulate(reached, axis=1)
    return np.where(reached, np.maximum.accumulate(epochs, axis=1), np.nan)


def _position(workload: Workload, job: Job) -> int:
    return workload.targets.index(workload.target(job.target_metric))


def _latest(workload: Workload, size: int, job: Job) -> float:
    """How far above the curve [spreads] a run may lie and still reach the job's target in time."""
    target = workload.target(job.target_metric)
    bound = SPREAD_LIMIT
    # Easier targets count too: a run reaches them first.
    for curve in workload.targets[: _position(workload, job) + 1]:
        room = np.log((job.max_epochs + 0.49) / float(curve.epochs(size)))
        spread = curve.spread(size, workload.batch_sizes)
        if spread > 0:
            bound = min(bound, room / spread)
        elif room < 0:
            bound = -np.inf
    if target.chance(size, workload.batch_sizes) == 0 or bound <= -SPREAD_LIMIT:
        raise TraceError(
            f"{job} does not reach its target with its default batch size {size}: typical runs need "
            f"{float(target.epochs(size)):.3g} epochs, and {target.chance(size, workload.batch_sizes):.0%} reach it; "
            "choose another default or target, or raise max_epochs"
        )
    return bound
