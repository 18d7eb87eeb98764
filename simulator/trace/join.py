"""Train trace and power trace become one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import TraceError
from simulator.trace.validate.columns import flags

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.job import Job

__all__ = ["feasible_batch_sizes", "join"]

#: What a replay needs of each table; validation asks for more.
_TRAIN = ("dataset", "network", "optimizer", "batch_size", "target_metric", "target_epoch")
_POWER = ("dataset", "network", "optimizer", "batch_size", "power_limit", "time_per_epoch", "average_power")


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

    Raises
    ------
    TraceError
        If a column is missing, the columns that both have are of different kinds, or a batch size or power limit is
        no whole number.
    """
    for name, table, columns in (("train", train, _TRAIN), ("power", power, _POWER)):
        if missing := [column for column in columns if column not in table.columns]:
            has = ", ".join(map(str, table.columns))
            raise TraceError(f"the {name} trace has no column {', '.join(missing)}; it has {has}")
        for column in {"batch_size", "power_limit"}.intersection(columns):
            _check_whole(f"{column} of the {name} trace", table[column])
    # A label is not a key: rows must not fail to meet because one of them was predicted.
    power = power.rename(columns={"predicted": "power_predicted"})
    try:
        joined = train.merge(power, how="inner")
    except (ValueError, TypeError) as error:  # a number here, text there
        raise TraceError(f"train and power trace cannot be joined on the columns that both have: {error}") from error
    if labels := [flags(joined.pop(name)) for name in ("predicted", "power_predicted") if name in joined.columns]:
        joined["predicted"] = np.logical_or.reduce(labels)
    joined["energy_per_epoch"] = joined["time_per_epoch"] * joined["average_power"]
    return joined


def _check_whole(name: str, values: pd.Series) -> None:
    """Refuse sizes and limits that a table of positions cannot hold; the published simulator takes them."""
    numbers = pd.to_numeric(values, errors="coerce")
    if not (wrong := values.loc[~(numbers % 1 == 0)]).empty:
        raise TraceError(f"{name} must be whole numbers, but {wrong.iloc[0]} in {len(wrong)} rows")


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
