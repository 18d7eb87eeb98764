"""Make traces from parameters: any number of runs, batch sizes, limits and targets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.check import real_number
from simulator.errors import NotInTraceError, TraceError, nearest
from simulator.trace.model.asked import check_asked
from simulator.trace.model.extrapolation import check_limits, warn_of_sizes
from simulator.trace.model.residual import round_significant
from simulator.trace.model.runs import TRAIN_COLUMNS, train_rows
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.job import Job
    from simulator.trace.model.asked import Asked
    from simulator.trace.model.machine import MachineCurve
    from simulator.trace.model.parameters import Parameters, Workload

__all__ = ["power_rows", "synthesize"]


def synthesize(
    parameters: Parameters,
    *,
    seed: int,
    runs: int = 5,
    batch_sizes: Iterable[int] | None = None,
    power_limits: Iterable[int] | None = None,
    gpus: Iterable[str] | None = None,
    targets: Iterable[float] | None = None,
    jobs: Sequence[Job] = (),
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Make a train trace, and a power trace of each GPU, that nobody recorded.

    The runs of a batch size depend on the seed, the workload, the size and the number of runs alone: asking for more
    sizes, targets or GPUs changes no row that was there before. Numbers carry six significant digits, so that files
    made of them are the same on every machine.

    Parameters
    ----------
    parameters
        A fitted model.
    seed
        Decides the runs, 0 or above. Time and power are not random.
    runs
        Runs per batch size.
    batch_sizes
        Batch sizes [samples] for every workload; None takes those recorded, which for time and power may be others
        than for runs. A size beyond those recorded may not fit a GPU's memory, of which the model knows nothing.
    power_limits
        Limits [W] for every GPU; None takes those recorded.
    gpus
        Names of GPUs; None takes all.
    targets
        Target metrics to keep; None keeps all that were fitted.
    jobs
        Jobs whose default batch size reaches the target within ``max_epochs`` in every run. Replays presume that a
        user's default converges, hence its runs are drawn under that condition.

    Returns
    -------
    train : pandas.DataFrame
        Published columns, one row per workload, batch size, run and target; target_epoch is NaN where it is not
        reached.
    power : dict of pandas.DataFrame
        Published columns, one row per workload, batch size and limit, by GPU.

    Raises
    ------
    TraceError
        If a number makes no sense, or a job's default batch size cannot reach its target in time.
    NotInTraceError
        If a GPU, a target, or a job's workload was not fitted.
    """
    asked = check_asked(batch_sizes=batch_sizes, power_limits=power_limits, seed=seed, runs=runs)
    kept = None if targets is None else _existing(parameters, targets)
    for job in jobs:
        parameters.workload(job.dataset, network=job.network, optimizer=job.optimizer)
    train = [
        train_rows(
            workload,
            seed=asked.seed,
            runs=asked.runs,
            batch_sizes=asked.batch_sizes or workload.batch_sizes,
            jobs=[job for job in jobs if (job.dataset, job.network, job.optimizer) == workload.key],
        )
        for workload in parameters.workloads
        if workload.targets
    ]
    table = pd.concat(train, ignore_index=True) if train else pd.DataFrame(columns=[*TRAIN_COLUMNS])
    if kept is not None:
        table = table[table["target_metric"].isin(kept)].reset_index(drop=True)
    return table, {gpu: _power_trace(parameters, gpu, asked) for gpu in _chosen(parameters, gpus)}


def power_rows(
    workload: Workload, machine: MachineCurve, *, gpu: str, batch_sizes: Sequence[int], power_limits: Sequence[int]
) -> pd.DataFrame:
    """Time and power of one workload on one GPU, a row per batch size and limit.

    Parameters
    ----------
    workload
        Names the rows.
    machine
        The curve.
    gpu
        The GPU's name, for messages.
    batch_sizes
        Batch sizes [samples], ascending; those far beyond the recorded ones are logged.
    power_limits
        Limits [W], ascending; those outside the recorded ones are logged.

    Returns
    -------
    pandas.DataFrame
        Power trace with the published columns.

    Raises
    ------
    TraceError
        If the GPU cannot be held to a limit.
    """
    name = f"{', '.join(workload.key)} on {gpu}"
    warn_of_sizes(name, machine.batch_sizes, batch_sizes)
    check_limits(name, machine, power_limits)
    size = np.repeat(batch_sizes, len(power_limits))
    limit = np.tile(power_limits, len(batch_sizes))
    return pd.DataFrame(
        {
            "dataset": workload.dataset,
            "network": workload.network,
            "batch_size": size,
            "optimizer": workload.optimizer,
            "power_limit": limit,
            "time_per_epoch": list(map(round_significant, machine.time_per_epoch(size, limit))),
            "average_power": list(map(round_significant, machine.average_power(size, limit))),
        }
    )


def _power_trace(parameters: Parameters, gpu: str, asked: Asked) -> pd.DataFrame:
    tables = [
        power_rows(
            workload,
            machine,
            gpu=gpu,
            batch_sizes=asked.batch_sizes or machine.batch_sizes,
            power_limits=asked.power_limits or machine.power_limits,
        )
        for workload in parameters.workloads
        if (machine := workload.machines.get(gpu))
    ]
    return pd.concat(tables, ignore_index=True)


def _existing(parameters: Parameters, targets: Iterable[float]) -> list[float]:
    """Refuse targets that no workload has."""
    if not isinstance(targets, Iterable):
        raise TraceError(f"targets is {targets!r}; give several numbers, as in [{targets}]")
    wanted = [real_number("target", target, error=TraceError) for target in targets]
    fitted = sorted({curve.target_metric for workload in parameters.workloads for curve in workload.targets})
    if missing := [target for target in wanted if target not in fitted]:
        raise NotInTraceError(
            f"no fitted target {listed(missing)}; fitted are {', '.join(f'{target:g}' for target in fitted) or 'none'}"
        )
    return wanted


def _chosen(parameters: Parameters, gpus: Iterable[str] | None) -> tuple[str, ...]:
    chosen = parameters.gpus if gpus is None else tuple(gpus)
    for gpu in chosen:
        if gpu not in parameters.gpus:
            raise NotInTraceError(
                f"no fitted GPU {gpu!r}{nearest(gpu, parameters.gpus)}; fitted are {', '.join(parameters.gpus)}"
            )
    return chosen
