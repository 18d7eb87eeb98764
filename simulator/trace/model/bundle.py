"""Write a directory of synthetic traces, README included: the one that comes with this package is made here."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import TraceError
from simulator.trace.files import whole_file, write_table
from simulator.trace.model.bundle_readme import bundle_readme
from simulator.trace.model.groups import synthesize_groups
from simulator.trace.model.stock import STOCK, job_entry
from simulator.trace.model.synthesize import synthesize

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from simulator.trace.model.parameters import Parameters, Workload
    from simulator.trace.model.stock import StockJob

__all__ = ["RUNS", "SEED", "replayable", "write_bundle", "write_files"]

#: What the bundled traces are drawn with.
SEED = 2023
RUNS = 5


def write_bundle(
    parameters: Parameters,
    directory: str | os.PathLike[str],
    *,
    seed: int = SEED,
    runs: int = RUNS,
    batch_sizes: Iterable[int] | None = None,
    power_limits: Iterable[int] | None = None,
    gpus: Iterable[str] | None = None,
) -> list[Path]:
    """Synthesize traces and write them with all that explains them.

    Files: ``train.csv``, ``power_<gpu>.csv``, ``groups.csv``, ``trace.json``, ``parameters.json``, ``README.md``. Equal
    arguments give equal bytes. Of the workloads of the stock jobs, the jobs' targets and one or two others are kept,
    and every default batch size converges in every run; of other workloads all targets are kept. Workloads of which no
    run was recorded are left out: they could not be replayed.

    Parameters
    ----------
    parameters
        A fitted model.
    directory
        Where to; made if it is missing. Each file is replaced whole, after everything was computed.
    seed, runs, batch_sizes, power_limits, gpus
        See `simulator.trace.model.synthesize`.

    Returns
    -------
    list of pathlib.Path
        The files, in the order in which they were written.

    Raises
    ------
    TraceError
        If a number makes no sense, or no run was recorded at all.
    """
    chosen, stock = replayable(parameters)
    given: dict[str, Any] = {"seed": seed, "runs": runs}
    for name, values in {"batch_sizes": batch_sizes, "power_limits": power_limits, "gpus": gpus}.items():
        if values is not None:
            given[name] = tuple(values)
    train, power = synthesize(chosen, jobs=[job for each in stock for job in each.jobs], **given)
    tables = {"train.csv": train.astype({"target_epoch": "Int64"})}
    tables |= {f"power_{gpu}.csv": table for gpu, table in power.items()}
    tables["groups.csv"] = synthesize_groups([workload.dataset for workload in chosen.workloads], seed=seed)
    about = {
        "name": "synthetic",
        "synthetic": True,
        "description": f"SYNTHETIC traces, drawn from a model fitted on {parameters.name}; nobody recorded them",
        "jobs": [job_entry(each, chosen) for each in stock],
    }
    texts = {
        "trace.json": json.dumps(about, indent=1) + "\n",
        "parameters.json": parameters.to_json(),
        "README.md": bundle_readme(
            chosen, tables=tables, stock=stock, given=given, command=_command(Path(directory), given)
        ),
    }
    return write_files(Path(directory), tables, texts)


def write_files(folder: Path, tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str]) -> list[Path]:
    """Write tables and texts by the names of their files, each whole; returns the files in this order."""
    for name, table in tables.items():
        write_table(table, folder / name)
    for name, text in texts.items():
        with whole_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in (*tables, *texts)]


def replayable(parameters: Parameters) -> tuple[Parameters, list[StockJob]]:
    """Keep what can be replayed, with only the chosen targets of stock workloads; find the stock jobs that it holds.

    Raises
    ------
    TraceError
        If nothing can be replayed, since no run was recorded.
    """
    stock = [each for each in STOCK if any(_trains(workload, each) for workload in parameters.workloads)]
    workloads = []
    for workload in parameters.workloads:
        kept = {
            metric
            for each in stock
            if _trains(workload, each)
            for metric in (each.job.target_metric, *each.other_targets)
        }
        targets = tuple(curve for curve in workload.targets if not kept or curve.target_metric in kept)
        if targets:
            workloads.append(replace(workload, targets=targets))
    if not workloads:
        raise TraceError(f"the parameters {parameters.name!r} hold no runs, so that nothing could be replayed")
    return replace(parameters, workloads=tuple(workloads)), stock


def _trains(workload: Workload, stock: StockJob) -> bool:
    job = stock.job
    same = workload.key == (job.dataset, job.network, job.optimizer)
    return same and any(curve.target_metric == job.target_metric for curve in workload.targets)


def _command(directory: Path, given: Mapping[str, Any]) -> str:
    """Write the command line that makes a directory of its own parameters, with the options that are not as usual."""
    defaults = {"seed": SEED, "runs": RUNS}
    words = ["simulator", "trace", "synthesize", (directory / "parameters.json").as_posix()]
    for name, value in given.items():
        if value != defaults.get(name):
            option = name if name in defaults else name.removesuffix("s").replace("_", "-")
            for each in value if isinstance(value, tuple) else [value]:
                words += [f"--{option}", str(each)]
    return shlex.join([*words, "--out", directory.as_posix()])
