"""Fit a trace: from recorded tables to parameters."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from simulator.errors import TraceError
from simulator.trace.load import load, typed
from simulator.trace.model.fit_epochs import fit_targets, higher_is_better
from simulator.trace.model.fit_machine import fit_machine
from simulator.trace.model.parameters import Parameters, Workload
from simulator.trace.model.residual import round_significant
from simulator.trace.schema import POWER, PREDICTED, TRAIN
from simulator.trace.validate import Report
from simulator.trace.validate.targets import WORKLOAD

if TYPE_CHECKING:
    from simulator.trace.files.read import Source

__all__ = ["fit_model", "residual_table"]

_logger = logging.getLogger(__name__)


def fit_model(
    train: Source,
    power: Mapping[str, Source],
    *,
    name: str,
    sources: Mapping[str, str] | None = None,
) -> Parameters:
    """Fit every workload of a trace on every GPU that it was recorded on.

    A workload that has time and power but no runs is fitted too, without targets; one that has runs but no time on any
    GPU cannot be synthesized and is left out, which is logged, as are predicted rows: a model is fitted to what was
    recorded.

    Parameters
    ----------
    train
        Train trace, a file or a DataFrame.
    power
        Power trace of each GPU, by the GPU's name.
    name
        Name of the trace, kept as provenance.
    sources
        SHA-256 of each file read, by file name, kept as provenance.

    Returns
    -------
    simulator.trace.model.Parameters
        Independent of the order of rows.

    Raises
    ------
    TraceError
        If no workload has a recorded row in any power trace, or with everything that validation found.
    """
    runs, machines = _recorded(train, power)
    keys = sorted({key for table in machines.values() for key in _keys(table)})
    if not keys:
        raise TraceError("no workload to fit: the power traces hold no recorded rows")
    for key in sorted(_keys(runs) - set(keys)):
        _logger.warning("%s has runs but no time and power on any GPU; it is left out", ", ".join(key))
    return Parameters(
        name=name,
        sources=dict(sorted((sources or {}).items())),
        workloads=tuple(_fit_workload(key, runs, machines) for key in keys),
    )


def residual_table(parameters: Parameters) -> pd.DataFrame:
    """How far every curve is from what was recorded.

    Returns
    -------
    pandas.DataFrame
        One row per workload, GPU and quantity: dataset, network, optimizer, gpu (empty for epochs, which do not depend
        on it), quantity (``epochs to 0.6``, ``time_per_epoch``, ``average_power``), relative_rmse, worst, n.
    """
    rows = []
    for workload in parameters.workloads:
        fitted = [("", f"epochs to {curve.target_metric:g}", curve.residual) for curve in workload.targets]
        for gpu, machine in workload.machines.items():
            fitted += [
                (gpu, "time_per_epoch", machine.time_residual),
                (gpu, "average_power", machine.power_residual),
            ]
        rows += [
            (*workload.key, gpu, quantity, residual.relative_rmse, residual.worst, residual.n)
            for gpu, quantity, residual in fitted
        ]
    return pd.DataFrame(rows, columns=[*WORKLOAD, "gpu", "quantity", "relative_rmse", "worst", "n"])


def _fit_workload(key: tuple[str, str, str], train: pd.DataFrame, power: Mapping[str, pd.DataFrame]) -> Workload:
    runs = _of(train, key).sort_values(["target_metric", "batch_size", "run"])
    rates = runs["learning_rate"].astype(float).groupby(runs["batch_size"]).median()
    machines = {gpu: _of(table, key) for gpu, table in sorted(power.items())}
    return Workload(
        dataset=key[0],
        network=key[1],
        optimizer=key[2],
        higher_is_better=higher_is_better(runs),
        batch_sizes=tuple(int(size) for size in rates.index),
        learning_rates=tuple(round_significant(rate) for rate in rates),
        targets=fit_targets(runs),
        machines={
            gpu: fit_machine(rows.sort_values(["batch_size", "power_limit"]))
            for gpu, rows in machines.items()
            if len(rows)
        },
    )


def _keys(table: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(table[WORKLOAD].drop_duplicates().itertuples(index=False, name=None))


def _of(table: pd.DataFrame, key: tuple[str, str, str]) -> pd.DataFrame:
    dataset, network, optimizer = key
    return table[(table["dataset"] == dataset) & (table["network"] == network) & (table["optimizer"] == optimizer)]


def _recorded(train: Source, power: Mapping[str, Source]) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Refuse tables that cannot be true, all at once, and leave out what a model predicted."""
    if not isinstance(power, Mapping):
        raise TraceError(f"power is a {type(power).__name__}; give each GPU's table by its name, as in {{'v100': ...}}")
    named = {"train": (train, TRAIN)} | {f"power_{gpu}": (table, POWER) for gpu, table in power.items()}
    loaded = {name: load(table, schema) for name, (table, schema) in named.items()}
    problems = [replace(each, table=name) for name, (_, report) in loaded.items() for each in report.problems]
    Report(tuple(problems)).settle("the traces to fit")
    kept = {name: _unpredicted(typed(loaded[name][0], schema), name) for name, (_, schema) in named.items()}
    return kept["train"], {gpu: kept[f"power_{gpu}"] for gpu in power}


def _unpredicted(table: pd.DataFrame, name: str) -> pd.DataFrame:
    if PREDICTED.name not in table or not table[PREDICTED.name].any():
        return table
    _logger.warning("%s: %d predicted rows are left out of the fit", name, table[PREDICTED.name].sum())
    return table[~table[PREDICTED.name]]
