"""From results to the train trace: when each run reached each target, and what it reported on the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.trace.schema import METRICS, TRAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.finalize.gather import Gathered
    from simulator.collect.result import RunResult
    from simulator.trace.schema import TableSchema

__all__ = ["metrics_table", "train_table"]


def train_table(gathered: Gathered) -> pd.DataFrame:
    """Make the train trace: one row per run and target.

    Parameters
    ----------
    gathered
        Results of a plan.

    Returns
    -------
    pandas.DataFrame
        The columns of `simulator.trace.schema.TRAIN`, ``slice`` only if there are several; sorted. ``target_epoch`` is
        empty where a run never reached the target.
    """
    plan = gathered.plan
    rows = [
        {
            **_of_run(gathered, result),
            "target_metric": target,
            "target_epoch": result.first_epoch(plan.metric, target, higher_is_better=plan.job.higher_is_better),
        }
        for result in _trained(gathered)
        for target in plan.thresholds
    ]
    keys = ["batch_size", "target_metric", "learning_rate", "run", "slice"]
    return _frame(rows, TRAIN, keys, sliced=gathered.sliced)


def metrics_table(gathered: Gathered) -> pd.DataFrame:
    """Keep what runs reported, so that any target can be derived later: one row per run, epoch and metric.

    Parameters
    ----------
    gathered
        Results of a plan.

    Returns
    -------
    pandas.DataFrame
        The columns of `simulator.trace.schema.METRICS`, ``slice`` only if there are several; sorted.
    """
    rows = [
        {
            **_of_run(gathered, result),
            "epoch": epoch.number,
            "metric": metric,
            "value": value if math.isfinite(value) else None,
        }
        for result in _trained(gathered)
        for epoch in result.epochs
        for metric, value in epoch.metrics.items()
    ]
    keys = ["batch_size", "learning_rate", "run", "slice", "epoch", "metric"]
    return _frame(rows, METRICS, keys, sliced=gathered.sliced)


def _trained(gathered: Gathered) -> list[RunResult]:
    """List the runs to the target that lasted an epoch at least."""
    return [result for result in gathered.done if result.spec.kind != "power" and result.epochs]


def _of_run(gathered: Gathered, result: RunResult) -> dict[str, Any]:
    return {
        **gathered.workload,
        "batch_size": result.spec.batch_size,
        "learning_rate": result.spec.learning_rate,
        "run": gathered.run_numbers[result.spec.key],
        "slice": result.spec.slice,
        "epochs": result.epochs[-1].number,
    }


def _frame(rows: list[dict[str, Any]], schema: TableSchema, keys: Sequence[str], *, sliced: bool) -> pd.DataFrame:
    left_out = {"predicted"} if sliced else {"predicted", "slice"}
    names = [column.name for column in schema.columns if column.name not in left_out]
    table = pd.DataFrame(rows, columns=names)
    for column in schema.columns:
        if column.name in names and str(column.type) == "int64":
            table[column.name] = table[column.name].astype("Int64" if column.nullable else "int64")
    ordered = table.sort_values([key for key in keys if key in names], kind="stable", ignore_index=True)
    return ordered.astype({"value": "float64"}) if "value" in names else ordered
