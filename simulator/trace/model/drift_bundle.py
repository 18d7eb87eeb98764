"""Write a directory of synthetic traces that drift, README included: the bundled one is made here."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.trace.model.bundle import SEED, write_files
from simulator.trace.model.drift import (
    DRIFT,
    SLICES,
    SPREAD,
    check_drift,
    curves,
    drifting_job,
    stock_job,
    synthesize_drift,
)
from simulator.trace.model.drift_readme import drift_readme
from simulator.trace.model.stock import job_entry
from simulator.trace.traces import Traces

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from simulator.trace.model.parameters import Parameters

__all__ = ["DATASET", "DRIFT_RUNS", "GPU", "write_drift"]

#: What the bundled traces are made of: the stock job that is like the paper's drifting one, on the paper's GPU.
DATASET, GPU = "sentiment140", "v100"

#: Runs per slice and batch size.
DRIFT_RUNS = 4


def write_drift(
    parameters: Parameters,
    directory: str | os.PathLike[str],
    *,
    dataset: str = DATASET,
    gpu: str = GPU,
    slices: int = SLICES,
    drift: Mapping[str, Iterable[float]] = DRIFT,
    spread: float = SPREAD,
    seed: int = SEED,
    runs: int = DRIFT_RUNS,
    source: str = "parameters.json",
) -> list[Path]:
    """Synthesize traces of a job that drifts, and write them with all that explains them.

    Files: ``train.csv``, ``power_<gpu>.csv``, ``trace.json``, ``README.md``. Equal arguments give equal bytes.

    Parameters
    ----------
    parameters
        A fitted model.
    directory
        Where to; made if it is missing. Each file is replaced whole, after everything was computed.
    dataset, gpu, slices, drift, spread, seed, runs
        See `simulator.trace.model.drift.synthesize_drift`.
    source
        Where the parameters lie, for the README.

    Returns
    -------
    list of pathlib.Path
        The files, in the order in which they were written.

    Raises
    ------
    NotInTraceError
        If the model does not hold the job on this GPU.
    TraceError
        If a number makes no sense, or the default batch size does not reach the target in some slice.
    """
    moves = check_drift(drift)
    given: dict[str, Any] = {"dataset": dataset, "gpu": gpu, "slices": slices, "spread": spread, "seed": seed}
    given["runs"] = runs
    train, power = synthesize_drift(parameters, drift=moves, **given)
    stock = stock_job(dataset)
    job = drifting_job(stock)
    traces = Traces(train=train, power=power, gpu=gpu, synthetic=True)
    fitted = parameters.workload(dataset, network=job.network, optimizer=job.optimizer).target(job.target_metric)
    about = {
        "name": "synthetic-drift",
        "synthetic": True,
        "description": f"SYNTHETIC traces of a job that drifts, made of a model fitted on {parameters.name}; nobody "
        "recorded them",
        "jobs": [job_entry(replace(stock, default_bs_by_gpu={}), parameters) | {"dataset": job.dataset}],
    }
    tables = {"train.csv": train.astype({"target_epoch": "Int64"}), f"power_{gpu}.csv": power}
    texts = {
        "trace.json": json.dumps(about, indent=1) + "\n",
        "README.md": drift_readme(
            job,
            traces,
            fitted=fitted,
            moved=curves(fitted, slices=slices, drift=moves, spread=spread),
            drift=moves,
            given=given,
            name=parameters.name,
            command=_command(source, Path(directory), given, moves),
        ),
    }
    return write_files(Path(directory), tables, texts)


def _command(source: str, directory: Path, given: Mapping[str, Any], drift: Mapping[str, tuple[float, ...]]) -> str:
    """Write the command line that makes a directory, with the options that are not as usual."""
    usual = {"dataset": DATASET, "gpu": GPU, "slices": SLICES, "spread": SPREAD, "seed": SEED, "runs": DRIFT_RUNS}
    words = ["simulator", "trace", "drift", source]
    for name, value in given.items():
        if value != usual[name]:
            words += [f"--{'job' if name == 'dataset' else name}", str(value)]
    if drift != check_drift(DRIFT):
        for name, factors in drift.items():
            words += ["--drift", f"{name}={','.join(f'{factor:g}' for factor in factors)}"]
    return shlex.join([*words, "--out", directory.as_posix()])
