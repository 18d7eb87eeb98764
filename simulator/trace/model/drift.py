"""Make a job that drifts: its data are another slice each time it recurs, and what they ask for moves.

The paper's example is Capriccio, a sentiment data set of 38 slices: a window of 500,000 tweets that slides over
Sentiment140 ("Zeus", NSDI'23; repository ml-energy/zeus, folder
``examples/research_reproducibility/zeus_nsdi23/capriccio``). Nobody published how many epochs each batch size needs on
each slice; so the numbers here are made up, by moving the parameters of a fitted curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.check import real_number, whole_number
from simulator.errors import NotInTraceError, TraceError, nearest
from simulator.trace.model.asked import check_asked
from simulator.trace.model.residual import round_significant
from simulator.trace.model.runs import train_rows
from simulator.trace.model.stock import STOCK
from simulator.trace.model.synthesize import power_rows

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.trace.model.epochs import EpochCurve
    from simulator.trace.model.parameters import Parameters, Workload
    from simulator.trace.model.stock import StockJob

__all__ = [
    "DRIFT",
    "MOVABLE",
    "SLICES",
    "SPREAD",
    "check_drift",
    "curves",
    "drifting_job",
    "stock_job",
    "synthesize_drift",
]

#: As many as Capriccio has.
SLICES = 38

#: What the bundled traces move, and by which factors from the first slice to the last. Early on, small batches need
#: many epochs; later, large ones do, and the best batch size moves down.
DRIFT: Mapping[str, tuple[float, ...]] = {
    "floor_epochs": (1.6, 1.6, 1.0, 1.0),
    "critical_size": (1.0, 1.0, 0.08, 0.08),
    "small_size": (30.0, 30.0, 1.0, 1.0),
}

#: Numbers of `simulator.trace.model.EpochCurve` that can move.
MOVABLE = ("floor_epochs", "critical_size", "small_size", "large_steepness", "small_steepness")

#: How far runs stray from the curve at least [1]. The recorded runs of sentiment140 do not differ from each other at
#: all, and a job without luck would be one that nobody has.
SPREAD = 0.12


def check_drift(drift: Mapping[str, Iterable[float]]) -> dict[str, tuple[float, ...]]:
    """Take factors that make sense, or say which do not.

    Parameters
    ----------
    drift
        Factors of numbers of `simulator.trace.model.EpochCurve`, by name.

    Returns
    -------
    dict
        The same, in the order of `MOVABLE`.

    Raises
    ------
    TraceError
        If there is no such number, it has no factor, or one is not above 0.

    Examples
    --------
    >>> check_drift({"critical_size": [1, 0.1]})
    {'critical_size': (1.0, 0.1)}
    """
    found = {}
    for name, factors in drift.items():
        if name not in MOVABLE:
            raise TraceError(f"drift has {name!r}; what can move is {', '.join(MOVABLE)}{nearest(name, MOVABLE)}")
        listed = list(factors) if isinstance(factors, Iterable) else []
        numbers = tuple(real_number(f"drift of {name}", factor, error=TraceError) for factor in listed)
        if not numbers or not all(0 < number < np.inf for number in numbers):
            raise TraceError(f"drift of {name} is {factors!r}; give factors above 0, from the first slice to the last")
        found[name] = numbers
    return {name: found[name] for name in MOVABLE if name in found}


def stock_job(dataset: str) -> StockJob:
    """Find the stock job of a dataset.

    Raises
    ------
    NotInTraceError
        If there is none.
    """
    for each in STOCK:
        if each.job.dataset == dataset:
            return each
    known = [each.job.dataset for each in STOCK]
    raise NotInTraceError(f"no stock job trains on {dataset!r}{nearest(dataset, known)}; they are {', '.join(known)}")


def drifting_job(stock: StockJob) -> Job:
    """Name the job that is like a stock one, but drifts: its dataset ends in ``-drift``."""
    return replace(stock.job, dataset=f"{stock.job.dataset}-drift")


def curves(
    curve: EpochCurve, *, slices: int, drift: Mapping[str, tuple[float, ...]], spread: float
) -> list[EpochCurve]:
    """Move a curve from slice to slice.

    A number of the curve is multiplied by a factor. Its factors lie evenly over the slices, the first at the first
    slice and the last at the last; between them, the factor's logarithm changes evenly.

    Parameters
    ----------
    curve
        Curve of the job without drift.
    slices
        How many slices there are.
    drift
        Factors by the name of the number; see `check_drift`.
    spread
        Least spread of the runs [1].

    Returns
    -------
    list of EpochCurve
        One for each slice; numbers carry six significant digits.

    Examples
    --------
    >>> from simulator.trace.locate import bundled_directory
    >>> from simulator.trace.model import read_parameters
    >>> fitted = read_parameters(bundled_directory() / "parameters.json").workload("sentiment140").target(0.84)
    >>> moved = curves(fitted, slices=3, drift={"critical_size": (1.0, 0.01)}, spread=0.0)
    >>> [each.critical_size for each in moved]
    [992.142, 99.2142, 9.92142]
    """
    found = []
    for at in np.linspace(0.0, 1.0, slices) if slices > 1 else [0.0]:
        changes: dict[str, Any] = {
            name: round_significant(getattr(curve, name) * np.exp(np.interp(at, _evenly(factors), np.log(factors))))
            for name, factors in drift.items()
        }
        found.append(replace(curve, spreads=tuple(max(own, spread) for own in curve.spreads), **changes))
    return found


def synthesize_drift(
    parameters: Parameters,
    *,
    dataset: str,
    gpu: str,
    slices: int = SLICES,
    drift: Mapping[str, Iterable[float]] = DRIFT,
    spread: float = SPREAD,
    seed: int,
    runs: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a train trace with slices, and the power trace of a GPU, which stays as it is from slice to slice.

    Parameters
    ----------
    parameters
        A fitted model that holds the stock job of the dataset on the GPU.
    dataset
        Dataset of the stock job that the drifting one is like.
    gpu
        Name of the GPU.
    slices
        How many slices there are, 2 at least.
    drift
        How the curve of epochs moves; see `curves`.
    spread
        How far runs stray from it at least: standard deviation of the logarithm of their epochs [1].
    seed
        Decides the runs, 0 or above.
    runs
        Runs per slice and batch size.

    Returns
    -------
    train : pandas.DataFrame
        Published columns and ``slice``, from 0; target_epoch is NaN where the target is not reached.
    power : pandas.DataFrame
        Published columns.

    Raises
    ------
    NotInTraceError
        If no stock job trains on the dataset, or the model lacks its workload, its target, or the GPU.
    TraceError
        If a number makes no sense, or the default batch size does not reach the target in some slice.
    """
    asked = check_asked(seed=seed, runs=runs)
    slices = whole_number("slices", slices, error=TraceError, least=2)
    spread = real_number("spread", spread, error=TraceError)
    if not 0 <= spread < np.inf:
        raise TraceError(f"spread is {spread}; it is a standard deviation, 0 or above")
    stock = stock_job(dataset)
    job = drifting_job(stock)
    workload = _workload(parameters, stock, gpu)
    machine = workload.machines[gpu]
    moved = curves(workload.target(job.target_metric), slices=slices, drift=check_drift(drift), spread=spread)
    train = [
        train_rows(
            replace(workload, dataset=job.dataset, targets=(curve,)),
            seed=int(np.random.SeedSequence([asked.seed, at]).generate_state(1)[0]),
            runs=asked.runs,
            batch_sizes=machine.batch_sizes,
            jobs=[job],
        ).assign(slice=at)
        for at, curve in enumerate(moved)
    ]
    power = power_rows(
        workload, machine, gpu=gpu, batch_sizes=machine.batch_sizes, power_limits=machine.power_limits
    ).assign(dataset=job.dataset)
    return pd.concat(train, ignore_index=True), power


def _workload(parameters: Parameters, stock: StockJob, gpu: str) -> Workload:
    job = stock.job
    workload = parameters.workload(job.dataset, network=job.network, optimizer=job.optimizer)
    if gpu not in workload.machines:
        fitted = ", ".join(workload.machines)
        raise NotInTraceError(
            f"{job.workload} was not fitted on {gpu!r}{nearest(gpu, workload.machines)}, but {fitted}"
        )
    return workload


def _evenly(factors: tuple[float, ...]) -> np.ndarray:
    return np.linspace(0.0, 1.0, len(factors))
