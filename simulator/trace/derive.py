"""From metrics of single epochs to a train trace: when each run reached a target, whatever target it was run for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import TraceError, nearest
from simulator.trace.read import read_metrics
from simulator.trace.schema import TRAIN
from simulator.trace.validate.columns import numbers
from simulator.trace.validate.report import listed
from simulator.trace.validate.targets import WORKLOAD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.trace.files.read import Source

__all__ = ["chosen_metric", "derive_targets"]

#: What tells one run from another; slice where the table has it.
_RUN = [*WORKLOAD, "batch_size", "learning_rate", "run"]


def derive_targets(
    metrics: Source, targets: Iterable[float], *, metric: str | None = None, higher_is_better: bool = True
) -> pd.DataFrame:
    """Find the first epoch at which each run passed each target.

    A target is passed by a metric that is at least as good. A value that was no finite number passes nothing.

    Parameters
    ----------
    metrics
        What runs reported: a file, a folder with such a file, or a DataFrame with the columns of
        `simulator.trace.schema.METRICS`.
    targets
        Values of the metric that count as trained.
    metric
        Name of the metric; None means the only one there is. Workloads that do not report it are left out; a run that
        does not, though others of its workload do, never passed.
    higher_is_better
        Whether the metric rises while training improves the model.

    Returns
    -------
    pandas.DataFrame
        A train trace: one row per run and target, sorted, with the columns of `simulator.trace.schema.TRAIN`.
        ``target_epoch`` is Int64, and empty where a run never passed; ``epochs`` is how long it lasted or, where the
        metrics do not say, its last epoch that they hold.

    Raises
    ------
    TraceError
        If the metrics cannot be read or cannot be true, hold no such metric, or a target makes no sense.

    Examples
    --------
    >>> rows = [("squad", "bert", 8, "adamw", 1e-4, 1, epoch, "f1", f1) for epoch, f1 in ((1, 80.0), (2, 88.5))]
    >>> names = "dataset network batch_size optimizer learning_rate run epoch metric value".split()
    >>> train = derive_targets(pd.DataFrame(rows, columns=names), [75, 88, 90])
    >>> train["target_epoch"].tolist()
    [1, 2, <NA>]
    """
    wanted = _checked(targets)
    table = read_metrics(metrics)
    name = chosen_metric(table["metric"].unique().tolist(), metric)
    table = _of_workloads_with(table, name)
    key = [*_RUN, *({"slice"} & set(table.columns))]
    lasted = "epochs" if "epochs" in table.columns else "epoch"
    runs = table.groupby(key, sort=False, dropna=False)[lasted].max().rename("epochs").reset_index()
    of_metric = table.loc[table["metric"] == name]
    parts = []
    for target in wanted:
        passed = of_metric["value"] >= target if higher_is_better else of_metric["value"] <= target
        first = of_metric.loc[passed].groupby(key, sort=False, dropna=False)["epoch"].min()
        epoch = pd.Series(runs.set_index(key).index.map(first.to_dict()), index=runs.index).astype("Int64")
        parts.append(runs.assign(target_metric=target, target_epoch=epoch))
    return _sorted(pd.concat(parts, ignore_index=True), key)


def _checked(targets: Iterable[float]) -> list[float]:
    values = sorted({float(target) for target in targets})
    if not values:
        raise TraceError("no target to derive; name at least one value of the metric")
    if wrong := [value for value in values if not math.isfinite(value)]:
        raise TraceError(f"a target is a finite number, not {listed(wrong)}")
    return values


def chosen_metric(names: list[str], metric: str | None) -> str:
    """Find the metric that is meant: the one that is named, or the only one there is.

    Raises
    ------
    TraceError
        If there is no such metric, or none is named of several.
    """
    if metric is None:
        if len(names) > 1:
            there = listed(sorted(names), shown=20)
            raise TraceError(f"the metrics are {there}; choose the one that is meant, metric=...")
        return names[0]
    if metric not in names:
        raise TraceError(f"no metric {metric!r}, but {listed(sorted(names), shown=20)}{nearest(metric, names)}")
    return metric


def _of_workloads_with(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Keep the workloads that report a metric."""
    has = (table["metric"] == metric).groupby([table[column] for column in WORKLOAD], sort=False).transform("any")
    return table.loc[has]


def _sorted(train: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Order rows by what they say, so that they do not depend on the order of the metrics."""
    by = [*WORKLOAD, "batch_size", "target_metric", *(name for name in key if name not in {*WORKLOAD, "batch_size"})]
    columns = [train[name].to_numpy(object) if name in WORKLOAD else numbers(train[name]) for name in by]
    codes = [np.unique(column, return_inverse=True)[1] for column in columns]
    order = np.lexsort(codes[::-1])
    return train.iloc[order][[c.name for c in TRAIN.columns if c.name in train.columns]].reset_index(drop=True)
