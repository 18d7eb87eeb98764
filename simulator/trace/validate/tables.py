"""Check one table on its own."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from simulator.trace.schema import GROUPS, METRICS, POWER, TRAIN
from simulator.trace.validate.columns import check_columns, coerced
from simulator.trace.validate.report import Report, error, listed, warning
from simulator.trace.validate.targets import RUN, WORKLOAD, check_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from simulator.trace.schema import TableSchema
    from simulator.trace.validate.report import Problem

__all__ = ["validate_groups", "validate_metrics", "validate_power", "validate_train"]

#: A batch size with fewer runs than this replays nearly the same luck each time.
FEW_RUNS = 3


def validate_train(df: pd.DataFrame) -> Report:
    """Say everything that is wrong with a train trace.

    Parameters
    ----------
    df
        Train trace.

    Returns
    -------
    Report
        Errors and warnings.
    """
    return _validate(df, TRAIN, check_targets, _few_runs)


def validate_power(df: pd.DataFrame, *, num_gpus: int = 1) -> Report:
    """Say everything that is wrong with the power trace of one GPU, or of several that work together.

    Average power above the limit is a warning: short epochs and power readings that lag produce it, and the
    published A40 trace has it in 39 of 453 rows.

    Parameters
    ----------
    df
        Power trace.
    num_gpus
        How many GPUs average power is the sum of; the limit is that of each.

    Returns
    -------
    Report
        Errors and warnings.
    """
    return _validate(df, POWER, _repeated_limits, partial(_above_limit, num_gpus=num_gpus))


def validate_groups(df: pd.DataFrame) -> Report:
    """Say everything that is wrong with a table of overlapping submissions.

    Parameters
    ----------
    df
        Groups.

    Returns
    -------
    Report
        Errors and warnings.
    """
    return _validate(df, GROUPS, _end_before_start)


def validate_metrics(df: pd.DataFrame) -> Report:
    """Say everything that is wrong with metrics of single epochs.

    A run need not report every epoch, nor the same metrics in each.

    Parameters
    ----------
    df
        Metrics.

    Returns
    -------
    Report
        Errors and warnings.
    """
    return _validate(df, METRICS, _after_the_end, _repeated_metrics)


def _validate(df: pd.DataFrame, schema: TableSchema, *checks: Callable[[pd.DataFrame], Iterator[Problem]]) -> Report:
    """Check the columns one by one, then together, if none of them is missing."""
    usable = coerced(df, schema)
    together = checks if set(schema.required) <= set(usable.columns) else ()
    return Report(tuple(chain(check_columns(df, schema), *(check(usable) for check in together))))


def _few_runs(train: pd.DataFrame) -> Iterator[Problem]:
    size = [*WORKLOAD, *({"slice"} & set(train.columns)), "batch_size"]
    runs = train.drop_duplicates([*size, "learning_rate", "run"]).groupby(size).size()
    few = runs[runs < FEW_RUNS]
    if not few.empty:
        sizes: dict[str, set[int]] = {}
        for *workload, size in few.reset_index()[[*WORKLOAD, "batch_size"]].to_numpy(object).tolist():
            sizes.setdefault(",".join(workload), set()).add(int(size))
        names = [f"{name} (batch size {listed(sorted(of_name))})" for name, of_name in sizes.items()]
        yield warning("train", "run", f"fewer than {FEW_RUNS} runs: {listed(names, shown=20)}")


def _repeated_limits(power: pd.DataFrame) -> Iterator[Problem]:
    key = [*WORKLOAD, "batch_size", "power_limit", *({"slice"} & set(power.columns))]
    repeated = power.duplicated(key, keep=False) & power[key].notna().all(axis=1)
    same = repeated & power.duplicated(keep=False)
    if (unlike := repeated & ~same).any():
        message = "one batch size and power limit with different values; keep one row, or average them"
        yield error("power", "power_limit", message, rows=unlike)
    if same.any():
        yield warning("power", "power_limit", "rows that say the same twice; each counts", rows=same)


def _above_limit(power: pd.DataFrame, *, num_gpus: int) -> Iterator[Problem]:
    limit_w = num_gpus * power["power_limit"]
    above = (power["average_power"] > limit_w) & (limit_w > 0)
    if above.any():
        excess = (power["average_power"] / limit_w)[above].max() - 1
        of_all = f" of {num_gpus} GPUs" if num_gpus > 1 else ""
        message = f"above power_limit{of_all} in {above.sum()} of {len(power)} rows, by up to {excess:.1%}"
        yield warning("power", "average_power", message, rows=above)


def _end_before_start(groups: pd.DataFrame) -> Iterator[Problem]:
    early = groups["end_time"] < groups["start_time"]
    if early.any():
        row = groups.iloc[int(np.flatnonzero(early)[0])]
        message = f"ends at {row['end_time']:g} s, before it starts at {row['start_time']:g} s"
        yield error("groups", "end_time", message, rows=early)


def _after_the_end(metrics: pd.DataFrame) -> Iterator[Problem]:
    if "epochs" in metrics.columns and (late := metrics["epoch"] > metrics["epochs"]).any():
        row = metrics.iloc[int(np.flatnonzero(late)[0])]
        message = f"reported after epoch {row['epoch']:g} of a run that lasted {row['epochs']:g} (column epochs)"
        yield error("metrics", "epoch", message, rows=late)


def _repeated_metrics(metrics: pd.DataFrame) -> Iterator[Problem]:
    key = [column for column in [*RUN, "epoch", "metric"] if column in metrics.columns]
    repeated = metrics.duplicated(key, keep=False) & metrics[key].notna().all(axis=1)
    same = repeated & metrics.duplicated([*key, "value"], keep=False)
    if (unlike := repeated & ~same).any():
        message = "one run has one metric of one epoch twice, with unlike values; number the runs apart (column run)"
        yield error("metrics", "value", message, rows=unlike)
    if same.any():
        yield warning("metrics", "value", "rows that say the same twice", rows=same)
