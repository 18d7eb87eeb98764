"""Train trace and power trace become one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulator.job import Job

__all__ = ["feasible_batch_sizes", "join"]


def join(train: pd.DataFrame, power: pd.DataFrame) -> pd.DataFrame:
    """Join a train trace with the power trace of one GPU, on the columns that they share.

    Every recorded training run meets every power limit at which its batch size was measured. The rows keep the
    order of the train trace: a random draw names a row by its position.

    Parameters
    ----------
    train
        Train trace.
    power
        Power trace of one GPU.

    Returns
    -------
    pandas.DataFrame
        The joined rows, with the energy of an epoch in ``energy_per_epoch`` [J]. A row is ``predicted`` if either
        part of it is.
    """
    labelled = [table for table in (train, power) if "predicted" in table.columns]
    if len(labelled) == 2:  # a label is not a key: rows must not fail to meet because one of them was predicted
        power = power.rename(columns={"predicted": "power_predicted"})
    joined = train.merge(power, how="inner")
    if len(labelled) == 2:
        joined["predicted"] = joined["predicted"] | joined.pop("power_predicted")
    joined["energy_per_epoch"] = joined["time_per_epoch"] * joined["average_power"]
    return joined


def feasible_batch_sizes(job: Job, joined: pd.DataFrame) -> NDArray[np.int64]:
    """Batch sizes recorded for a job's workload, whatever the target metric.

    A size at which the target was never reached is feasible: it is for the policy to find that out.

    Parameters
    ----------
    job
        The job.
    joined
        Joined trace.

    Returns
    -------
    numpy.ndarray
        Batch sizes, ascending, shape (n_sizes,).
    """
    rows = joined.loc[
        (joined["dataset"] == job.dataset) & (joined["network"] == job.network) & (joined["optimizer"] == job.optimizer)
    ]
    return np.unique(rows["batch_size"].to_numpy(np.int64))
