"""Write traces of a GPU that nobody recorded, so that policies can be replayed on it at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from simulator.trace.files import whole_file, write_table
from simulator.trace.model.bundle import RUNS, SEED, replayable
from simulator.trace.model.predict import predict_power
from simulator.trace.model.stock import job_entry
from simulator.trace.model.synthesize import synthesize

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from simulator.trace.model.parameters import Parameters

__all__ = ["write_prediction"]


def write_prediction(
    parameters: Parameters,
    directory: str | os.PathLike[str],
    *,
    gpu: str,
    like: str | None = None,
    relative_speed: float | None = None,
    max_power_w: float | None = None,
    batch_sizes: Iterable[int] | None = None,
    power_limits: Iterable[int] | None = None,
    seed: int = SEED,
    runs: int = RUNS,
) -> list[Path]:
    """Predict every workload on a GPU, and write a trace directory that can be replayed.

    Files: ``train.csv``, ``power_<gpu>.csv``, ``trace.json``. Every row is ``predicted``; whatever is replayed from
    them says so.

    Parameters
    ----------
    parameters
        A fitted model.
    directory
        Where to; made if it is missing. Each file is replaced whole, after everything was computed.
    gpu, like, relative_speed, max_power_w, batch_sizes, power_limits
        See `simulator.trace.model.predict_power`.
    seed, runs
        See `simulator.trace.model.synthesize`.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    NotInTraceError
        If the GPU, or the one that it is like, was not fitted.
    TraceError
        If a number makes no sense, or no run was recorded at all.
    """
    chosen, stock = replayable(parameters)
    sizes = None if batch_sizes is None else tuple(batch_sizes)
    limits = None if power_limits is None else tuple(power_limits)
    power = [
        predict_power(
            chosen,
            workload.dataset,
            network=workload.network,
            optimizer=workload.optimizer,
            gpu=gpu,
            like=like,
            relative_speed=relative_speed,
            max_power_w=max_power_w,
            batch_sizes=sizes,
            power_limits=limits,
        )
        for workload in chosen.workloads
    ]
    jobs = [job for each in stock for job in each.jobs]
    train, _ = synthesize(chosen, seed=seed, runs=runs, batch_sizes=sizes, jobs=jobs)
    about = {
        "name": f"predicted-{gpu}",
        "synthetic": True,
        "description": f"PREDICTED from a model fitted on {parameters.name}; nobody recorded them",
        "jobs": [job_entry(each, chosen) for each in stock],
    }
    folder = Path(directory)
    tables = {
        "train.csv": train.astype({"target_epoch": "Int64"}).assign(predicted=True),
        f"power_{gpu.lower()}.csv": pd.concat(power, ignore_index=True),
    }
    for name, table in tables.items():
        write_table(table, folder / name)
    with whole_file(folder / "trace.json") as temporary:
        temporary.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8", newline="\n")
    return [folder / name for name in (*tables, "trace.json")]
