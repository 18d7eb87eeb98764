"""Make traces from parameters: any number of runs, batch sizes, limits and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import NotInTraceError, TraceError, nearest
from simulator.trace.model.residual import round_significant
from simulator.trace.model.runs import TRAIN_COLUMNS, train_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from simulator.job import Job
    from simulator.trace.model.machine import MachineCurve
    from simulator.trace.model.parameters import Parameters, Workload

__all__ = ["check_numbers", "power_rows", "synthesize"]


def synthesize(
    parameters: Parameters,
    *,
    seed: int,
    runs: int = 5,
    batch_sizes: Iterable[int] | None = None,
    power_limits: Iterable[int] | None = None,
    gpus: Iterable[str] | None = None,
    targets: Collection[float] | None = None,
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
        If a GPU, or a job's workload or target, was not fitted.
    """
    sizes = None if batch_sizes is None else check_numbers(batch_sizes, "batch size")
    limits = None if power_limits is None else check_numbers(power_limits, "power limit")
    check_numbers([runs], "number of runs")
    if seed < 0:
        raise TraceError(f"seed is {seed}; it must be 0 or above")
    for job in jobs:
        parameters.workload(job.dataset, network=job.network, optimizer=job.optimizer)
    train = [
        train_rows(
            workload,
            seed=seed,
            runs=runs,
            batch_sizes=sizes or workload.batch_sizes,
            jobs=[job for job in jobs if (job.dataset, job.network, job.optimizer) == workload.key],
        )
        for workload in parameters.workloads
        if workload.targets
    ]
    table = pd.concat(train, ignore_index=True) if train else pd.DataFrame(columns=[*TRAIN_COLUMNS])
    if targets is not None:
        table = table[table["target_metric"].isin(list(targets))].reset_index(drop=True)
    return table, {gpu: _power_trace(parameters, gpu, sizes, limits) for gpu in _chosen(parameters, gpus)}


def power_rows(
    workload: Workload, machine: MachineCurve, *, batch_sizes: Sequence[int], power_limits: Sequence[int]
) -> pd.DataFrame:
    """Time and power of one workload on one GPU, a row per batch size and limit.

    Parameters
    ----------
    workload
        Names the rows.
    machine
        The curve.
    batch_sizes
        Batch sizes [samples].
    power_limits
        Limits [W].

    Returns
    -------
    pandas.DataFrame
        Power trace with the published columns.

    Raises
    ------
    TraceError
        If a limit is below what the GPU draws when idle: no limit can be obeyed there.
    """
    low = [limit for limit in power_limits if limit <= machine.idle_w]
    if low:
        raise TraceError(
            f"power limit {low[0]} W is not above the {machine.idle_w:g} W that the GPU draws when idle; recorded "
            f"limits are {machine.power_limits[0]} to {machine.power_limits[-1]} W"
        )
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


def check_numbers(numbers: Iterable[int], what: str) -> tuple[int, ...]:
    """Refuse anything but whole numbers above 0, and hand back each once, ascending.

    Examples
    --------
    >>> check_numbers([8, 4, 8], "batch size")
    (4, 8)
    >>> check_numbers([0], "batch size")
    Traceback (most recent call last):
    simulator.errors.TraceError: batch size 0 makes no sense; give whole numbers above 0
    """
    given = list(numbers)
    if not given:
        raise TraceError(f"no {what} is given; give whole numbers above 0")
    for number in given:
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number <= 0:
            raise TraceError(f"{what} {number!r} makes no sense; give whole numbers above 0")
    return tuple(sorted({int(number) for number in given}))


def _power_trace(
    parameters: Parameters, gpu: str, sizes: tuple[int, ...] | None, limits: tuple[int, ...] | None
) -> pd.DataFrame:
    tables = [
        power_rows(
            workload,
            machine,
            batch_sizes=sizes or machine.batch_sizes,
            power_limits=limits or machine.power_limits,
        )
        for workload in parameters.workloads
        if (machine := workload.machines.get(gpu))
    ]
    return pd.concat(tables, ignore_index=True)


def _chosen(parameters: Parameters, gpus: Iterable[str] | None) -> tuple[str, ...]:
    chosen = parameters.gpus if gpus is None else tuple(gpus)
    for gpu in chosen:
        if gpu not in parameters.gpus:
            raise NotInTraceError(
                f"no fitted GPU {gpu!r}{nearest(gpu, parameters.gpus)}; fitted are {', '.join(parameters.gpus)}"
            )
    return chosen
