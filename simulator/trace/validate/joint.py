"""Check a train trace against a power trace, and a job against both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simulator.trace.schema import POWER, PREDICTED, SLICE, TRAIN
from simulator.trace.validate.absence import absences
from simulator.trace.validate.columns import coerced
from simulator.trace.validate.report import Report, error, listed, warning
from simulator.trace.validate.tables import validate_power, validate_train
from simulator.trace.validate.targets import WORKLOAD, target_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.job import Job
    from simulator.trace.validate.report import Problem

__all__ = ["validate_job", "validate_traces"]

#: What a train trace and a power trace must share, and what they may: jobs that drift share slices, and a label is no
#: key (`simulator.trace.join.join` sees to that).
JOIN = [*WORKLOAD, "batch_size"]
MAY_SHARE = {*JOIN, SLICE.name, PREDICTED.name}


def validate_traces(train: pd.DataFrame, power: pd.DataFrame) -> Report:
    """Say what a train trace and a power trace do not have in common, and what they must not.

    Each table on its own is for `validate_train` and `validate_power`; if one lacks a column, there is nothing to
    compare.

    Parameters
    ----------
    train
        Train trace.
    power
        Power trace of one GPU.

    Returns
    -------
    Report
        An error for each column that the join would take for a key and that is none; an error for each workload if the
        join is empty; warnings for what the join leaves out.
    """
    both = {str(name) for name in train.columns} & {str(name) for name in power.columns}
    problems = [error("power", name, _must_not_share(name)) for name in sorted(both - MAY_SHARE)]
    train, power = coerced(train, TRAIN), coerced(power, POWER)
    if set(JOIN) <= set(train.columns) & set(power.columns):
        problems += _left_out(train, power)
    return Report(tuple(problems))


def _must_not_share(name: str) -> str:
    what = "also in the train trace, so that rows with unlike values of it would not be joined"
    if name.startswith("Unnamed: "):
        return f"{what}; it is an index that pandas wrote: write both tables with to_csv(index=False)"
    return f"{what}; delete it, or rename it in one of the tables"


def _left_out(train: pd.DataFrame, power: pd.DataFrame) -> Iterator[Problem]:
    keys = [*JOIN, *([SLICE.name] if SLICE.name in train.columns and SLICE.name in power.columns else [])]
    met = _sizes(train[keys].drop_duplicates().merge(power[keys].drop_duplicates()))
    in_power = _sizes(power)
    for workload, sizes in _sizes(train).items():
        name = ",".join(workload)
        say = partial(warning, loses_jobs=workload not in met) if met else error
        if workload not in in_power:
            for column, reason in absences(power, dict(zip(WORKLOAD, workload, strict=True))).items():
                yield say("power", column, f"nothing for {name} of the train trace: {reason}")
        elif missing := sorted(sizes - in_power[workload]):
            message = f"{name}: not measured at batch size {listed(missing, shown=20)} of the train trace"
            yield say("power", "batch_size", message)
        if unmet := sorted(sizes & in_power.get(workload, set()) - met.get(workload, set())):
            message = f"{name}: no slice of the train trace at batch size {listed(unmet, shown=20)}"
            yield say("power", SLICE.name, message)
    if unused := [",".join(workload) for workload in in_power if workload not in _sizes(train)]:
        yield warning("power", "", f"no recorded runs, so never replayed: {listed(unused, shown=20)}")


def validate_job(job: Job, train: pd.DataFrame, power: pd.DataFrame) -> Report:
    """Say why a job matches nothing, or less than it should.

    Parameters
    ----------
    job
        The job.
    train
        Train trace.
    power
        Power trace of one GPU.

    Returns
    -------
    Report
        Errors for keys, target and default batch size that have no rows, each with the nearest that has; warnings for a
        target that is never reached and for a metric that moves the other way.
    """
    tables = validate_train(train) + validate_power(power)
    train, power = coerced(train, TRAIN), coerced(power, POWER)
    if not ({*JOIN, "target_metric", "target_epoch"} <= set(train.columns) and set(JOIN) <= set(power.columns)):
        return Report(tables.errors)  # they say which columns are missing
    workload = {column: getattr(job, column) for column in WORKLOAD}
    wanted = {"train": workload | {"target_metric": job.target_metric}, "power": workload}
    problems = [
        error(name, column, reason)
        for name, table in (("train", train), ("power", power))
        for column, reason in absences(table, wanted[name]).items()
    ]
    if not problems:
        key = tuple(workload.values())
        problems += _job_sizes(job, _sizes(train).get(key, set()), _sizes(power).get(key, set()))
        problems += _job_target(job, train.loc[(train[WORKLOAD] == list(key)).all(axis=1)])
    return Report(tuple(problems))


def _job_sizes(job: Job, in_train: set[int], in_power: set[int]) -> Iterator[Problem]:
    feasible = sorted(in_train & in_power)
    if not feasible:
        yield error(
            "power",
            "batch_size",
            f"no batch size of {job} is in both traces: the train trace has {listed(sorted(in_train), shown=20)}, the "
            f"power trace {listed(sorted(in_power), shown=20)}",
        )
    elif job.default_bs is not None and job.default_bs not in feasible:
        closest = min(feasible, key=lambda size: abs(size - (job.default_bs or 0)))
        exist = f"there are {listed(feasible, shown=20)}; the nearest is {closest}"
        yield error("job", "default_bs", f"nothing is recorded at batch size {job.default_bs}; {exist}")


def _job_target(job: Job, train: pd.DataFrame) -> Iterator[Problem]:
    epochs = train.loc[train["target_metric"] == job.target_metric, "target_epoch"]
    if epochs.isna().all():
        yield warning("train", "target_epoch", f"no run of {job} ever reached {job.target_metric}")
    elif epochs.min() > job.max_epochs:
        message = f"max_epochs is {job.max_epochs}, but the fastest run of {job} needs {epochs.min():g} epochs"
        yield warning("job", "max_epochs", message)
    rises, falls = (int(np.sum(steps)) for steps in target_steps(train))
    if rises != falls and (rises > falls) != job.higher_is_better:
        way = "rises" if rises > falls else "falls"
        message = f"is {job.higher_is_better}, but the metric {way} as recorded runs train"
        yield warning("job", "higher_is_better", message)


def _sizes(table: pd.DataFrame) -> dict[tuple[str, ...], set[int]]:
    """Batch sizes of each workload, in the order of the table; those that are no whole numbers are errors already."""
    sizes: dict[tuple[str, ...], set[int]] = {}
    whole = table.loc[table["batch_size"] % 1 == 0, JOIN]
    for *workload, size in whole.dropna().drop_duplicates().to_numpy(object).tolist():
        sizes.setdefault(tuple(workload), set()).add(int(size))
    return sizes
