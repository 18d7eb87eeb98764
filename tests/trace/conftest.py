"""Small valid tables that the tests of traces start from; a test that changes one copies it first."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
import pytest

WORKLOAD: dict[str, Any] = {"dataset": "squad", "network": "bert", "optimizer": "adamw"}


@pytest.fixture(scope="session")
def train() -> pd.DataFrame:
    """A train trace: two batch sizes, three runs each, two targets, the harder never reached at the larger size."""
    rows = [
        {
            **WORKLOAD,
            "batch_size": size,
            "learning_rate": 5e-5,
            "run": run,
            "target_metric": 80.0,
            "target_epoch": 1.0 + run,
        }
        for size, run in product((8, 32), (1, 2, 3))
    ]
    harder = [
        {**row, "target_metric": 84.0, "target_epoch": row["target_epoch"] + 2 if row["batch_size"] == 8 else None}
        for row in rows
    ]
    columns = [*WORKLOAD]
    columns[2:2] = ["batch_size"]
    return pd.DataFrame(rows + harder)[[*columns, "learning_rate", "run", "target_metric", "target_epoch"]]


@pytest.fixture(scope="session")
def power() -> pd.DataFrame:
    """A power trace: the same batch sizes at two limits, with times that no short decimal can say."""
    rows = [
        {
            **WORKLOAD,
            "batch_size": size,
            "power_limit": limit,
            "time_per_epoch": 1e3 / size / 3,
            "average_power": limit * 0.7,
        }
        for size, limit in product((8, 32), (100, 250))
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def groups() -> pd.DataFrame:
    """Two groups of submissions, neither in the order of its starts."""
    rows = [("b", 20.0), ("a", 5.0), ("b", 10.0), ("a", 1.0), ("b", 10.0)]
    return pd.DataFrame(
        [
            {"group": group, "dataset": "squad", "start_time": start, "end_time": start + 7 + at, "runtime_ratio": 1.1}
            for at, (group, start) in enumerate(rows)
        ]
    )


@pytest.fixture(scope="session")
def metrics() -> pd.DataFrame:
    """Metrics of two batch sizes, two runs each: accuracy rises from epoch to epoch, loss falls, and one diverges."""
    rows = [
        {
            **WORKLOAD,
            "batch_size": size,
            "learning_rate": 5e-5,
            "run": run,
            "epoch": epoch,
            "metric": metric,
            "value": value,
            "epochs": 3,
        }
        for size, run, epoch in product((8, 32), (1, 2), (1, 2, 3))
        for metric, value in (("accuracy", 0.5 + epoch / 10 + run / 100), ("loss", 1 / epoch if size == 8 else None))
    ]
    return pd.DataFrame(rows)
