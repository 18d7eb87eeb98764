"""What if: predict rows that nobody recorded, labelled so that they are never taken for recorded ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import NotInTraceError, TraceError, nearest
from simulator.trace.model.asked import check_asked
from simulator.trace.model.residual import round_significant
from simulator.trace.model.runs import train_rows
from simulator.trace.model.synthesize import power_rows
from simulator.trace.model.transfer import limits_on, rescaled, transferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from simulator.trace.model.machine import MachineCurve
    from simulator.trace.model.parameters import Parameters, Workload

__all__ = ["predict_power", "predict_runs"]


def predict_power(
    parameters: Parameters,
    dataset: str,
    *,
    gpu: str,
    batch_sizes: Iterable[int] | None = None,
    power_limits: Iterable[int] | None = None,
    network: str | None = None,
    optimizer: str | None = None,
    like: str | None = None,
    relative_speed: float | None = None,
    max_power_w: float | None = None,
) -> pd.DataFrame:
    """Predict time and power of a workload on a GPU, at batch sizes and limits of your choice.

    Where the workload was recorded on the GPU, its curve is used. Where the GPU was recorded with other workloads only,
    it is compared with the GPUs that ran this one, and their predictions are averaged geometrically. A GPU that nobody
    recorded takes the curve of one that it is ``like``, scaled.

    Parameters
    ----------
    parameters
        A fitted model.
    dataset
        Dataset of the workload.
    gpu
        Name of the GPU; any new name if ``like`` is given.
    batch_sizes
        Batch sizes [samples]; None takes those recorded. Whether they fit the memory is not known here.
    power_limits
        Limits [W]; None takes those recorded, scaled if ``like`` is given.
    network, optimizer
        Needed only where the dataset alone is ambiguous.
    like
        A fitted GPU on which the workload was recorded; wants one of the next two, too, that say how ``gpu`` differs.
    relative_speed
        How many times as fast as ``like`` the GPU is without a limit [1]; None is as fast.
    max_power_w
        Its largest power limit [W]; None takes that of ``like``.

    Returns
    -------
    pandas.DataFrame
        Power trace with the published columns and ``predicted``, True in every row.

    Raises
    ------
    NotInTraceError
        If the workload or GPU was not fitted; the message lists those that were.
    TraceError
        If a number makes no sense, or nothing is said but ``like``.
    """
    asked = check_asked(batch_sizes=batch_sizes, power_limits=power_limits)
    workload = parameters.workload(dataset, network=network, optimizer=optimizer)
    if like is not None:
        machine, largest_w = _machine(workload, like), limits_on(parameters, like)[-1]
        if relative_speed is None and max_power_w is None:
            raise TraceError(
                f"{gpu} would be {like} by another name; say how fast or large it is: relative_speed=, max_power_w="
            )
        curves = [rescaled(machine, largest_w=largest_w, relative_speed=relative_speed, max_power_w=max_power_w)]
    elif relative_speed is not None or max_power_w is not None:
        raise TraceError("relative_speed and max_power_w compare with a fitted GPU; name it: like=")
    else:
        curves = _fitted_curves(parameters, workload, gpu)
    sizes, limits = asked.batch_sizes or curves[0].batch_sizes, asked.power_limits or curves[0].power_limits
    tables = [power_rows(workload, curve, gpu=gpu, batch_sizes=sizes, power_limits=limits) for curve in curves]
    table = tables[0]
    for column in ("time_per_epoch", "average_power"):
        mean = np.exp(np.mean([np.log(each[column]) for each in tables], axis=0))
        table[column] = list(map(round_significant, mean))
    return table.assign(predicted=True)


def predict_runs(
    parameters: Parameters,
    dataset: str,
    *,
    batch_sizes: Iterable[int],
    seed: int,
    runs: int = 5,
    network: str | None = None,
    optimizer: str | None = None,
) -> pd.DataFrame:
    """Predict how many epochs runs need at batch sizes of your choice, for every fitted target.

    Parameters
    ----------
    parameters
        A fitted model.
    dataset
        Dataset of the workload.
    batch_sizes
        Batch sizes [samples].
    seed
        Decides the run-to-run spread, 0 or above.
    runs
        Runs per batch size.
    network, optimizer
        Needed only where the dataset alone is ambiguous.

    Returns
    -------
    pandas.DataFrame
        Train trace with the published columns and ``predicted``, True in every row.

    Raises
    ------
    NotInTraceError
        If the workload was not fitted, or has no fitted target.
    TraceError
        If a number makes no sense.
    """
    asked = check_asked(batch_sizes=batch_sizes, seed=seed, runs=runs)
    workload = parameters.workload(dataset, network=network, optimizer=optimizer)
    if not workload.targets:
        raise NotInTraceError(f"no runs of {', '.join(workload.key)} were recorded, only time and power")
    rows = train_rows(workload, seed=asked.seed, runs=asked.runs, batch_sizes=asked.batch_sizes or ())
    return rows.assign(predicted=True)


def _fitted_curves(parameters: Parameters, workload: Workload, gpu: str) -> list[MachineCurve]:
    if gpu in workload.machines:
        return [workload.machines[gpu]]
    if gpu not in parameters.gpus:
        raise NotInTraceError(
            f"no fitted GPU {gpu!r}{nearest(gpu, parameters.gpus)}; fitted are {', '.join(parameters.gpus)}; "
            "for another, say which of them it is like: like=, relative_speed=, max_power_w="
        )
    return transferred(parameters, workload, gpu)


def _machine(workload: Workload, gpu: str) -> MachineCurve:
    if gpu not in workload.machines:
        raise NotInTraceError(
            f"{', '.join(workload.key)} was not recorded on {gpu!r}{nearest(gpu, workload.machines)}; "
            f"it was on {', '.join(workload.machines)}"
        )
    return workload.machines[gpu]
