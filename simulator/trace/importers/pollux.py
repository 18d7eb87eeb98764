"""Pollux's measurements: how far each batch size had trained after how many steps, and how long a step takes.

The format is that of petuum/adaptdl, branch osdi21-artifact, folder ``simulator/traces``: a folder per application with

* ``validation-<batch size>.csv``: progress, iteration, metric, grad_sqr, grad_var. A row is an evaluation. Progress
  counts steps that the initial batch size would have needed (scale-invariant iterations, A. Qiao et al., OSDI'21,
  section 3), and iteration the steps that were made; the smallest batch size is the initial one, where both are equal;
* ``placements.csv``: placement, local_bsz, step_time [s], sync_time [s]. Digits of a placement are the GPUs used on
  each node, so that 1 is one GPU and 22 are two on each of two nodes.

Rows are equal progress apart, not equal numbers of samples: large batches need several passes over the data for the
first rows and about one for the last. Epochs here are passes over the data, so that each takes the same time.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import NotInTraceError, TraceError, nearest
from simulator.trace.files import read_table
from simulator.trace.importers.imported import Imported
from simulator.trace.importers.placements import TIMES, epoch_times
from simulator.trace.schema import METRICS
from simulator.trace.validate.columns import numbers
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

__all__ = ["GAPS", "read_pollux"]

#: What the format does not say.
GAPS = (
    "no power and no power limits",
    "one run per batch size",
    "the optimizer is not named (unknown), and the learning rate, which followed the batch size and the gradients in "
    "each step, is given as 1",
    "epochs are passes over the data, counted from steps and rounded; the samples of a pass are those of a row at the "
    "smallest batch size",
    "the metric has no name but metric, and another meaning in each application",
)

#: Dataset and network of each application (A. Qiao et al., "Pollux", OSDI'21, table 1, and the artifact for bert).
APPLICATIONS: Mapping[str, tuple[str, str]] = {
    "bert": ("squad", "bert"),
    "cifar10": ("cifar10", "resnet18"),
    "deepspeech2": ("cmu-arctic", "deepspeech2"),
    "imagenet": ("imagenet", "resnet50"),
    "ncf": ("movielens", "neumf"),
    "yolov3": ("pascal-voc", "yolov3"),
}

_VALIDATION = re.compile(r"validation-(?P<size>[1-9]\d*)\.csv")


def read_pollux(
    directory: str | os.PathLike[str],
    *,
    applications: Iterable[str] = (),
    targets: Iterable[float] = (),
    higher_is_better: bool = True,
) -> Imported:
    """Read the measurements of Pollux's applications.

    Parameters
    ----------
    directory
        The folder that holds a folder per application, or one of those.
    applications
        Which to read; none means all.
    targets
        Values of the metric that count as trained; without any, there is no train trace yet, and
        `simulator.trace.derive` makes one later.
    higher_is_better
        Whether the metric rises while training improves the model.

    Returns
    -------
    Imported
        Tables ``metrics``; ``times``: time of an epoch [s] by batch size and placement; ``train`` if there are targets.

    Raises
    ------
    TraceError
        If a file cannot be read, or holds what cannot be true; the message names file and line.
    """
    folders = _folders(Path(directory), list(applications))
    metrics, times, jobs = [], [], []
    for name, folder in folders.items():
        dataset, network = APPLICATIONS.get(name, (name, name))
        workload = {"dataset": dataset, "network": network, "optimizer": "unknown"}
        curves = _curves(folder)
        samples = _samples_per_epoch(curves)
        of_workload = _metrics(curves, samples, folder).assign(**workload)
        metrics.append(of_workload)
        times.append(epoch_times(folder / "placements.csv", list(curves), samples).assign(**workload))
        jobs.append({**workload, "max_epochs": int(of_workload["epochs"].max()), "default_bs": min(curves)})
    reported = pd.concat(metrics, ignore_index=True)
    tables = {
        "metrics": reported[[column.name for column in METRICS.columns if column.name in reported]],
        "times": pd.concat(times, ignore_index=True)[["dataset", "network", "optimizer", *TIMES]],
    }
    origin = f"Pollux measurements of {listed(folders, shown=20)} (petuum/adaptdl, branch osdi21-artifact)"
    found = Imported("pollux", origin, GAPS, tables)
    return found.with_targets(targets, higher_is_better=higher_is_better, jobs=jobs)


def _folders(directory: Path, wanted: list[str]) -> dict[str, Path]:
    if not directory.is_dir():
        raise TraceError(f"no folder {directory}; name the one that holds a folder per application, such as cifar10")
    inside = [directory, *sorted(path for path in directory.iterdir() if path.is_dir())]
    found = {path.resolve().name: path for path in inside if any(_VALIDATION.fullmatch(f.name) for f in path.iterdir())}
    if not found:
        raise TraceError(f"{directory} holds no validation-<batch size>.csv, nor does a folder in it")
    for name in wanted:
        if name not in found:
            raise NotInTraceError(f"no application {name!r}, but {', '.join(found)}{nearest(name, found)}")
    return {name: path for name, path in found.items() if not wanted or name in wanted}


def _curves(folder: Path) -> dict[int, pd.DataFrame]:
    """Read the evaluations of each batch size, smallest first."""
    files = {int(m["size"]): file for file in folder.iterdir() if (m := _VALIDATION.fullmatch(file.name))}
    return {size: _curve(files[size]) for size in sorted(files)}


def _curve(file: Path) -> pd.DataFrame:
    table = read_table(file)
    if missing := [name for name in ("progress", "iteration", "metric") if name not in table.columns]:
        raise TraceError(f"{file}: no column {listed(missing)}, but {listed(table.columns, shown=20)}")
    curve = pd.DataFrame({name: numbers(table[name]) for name in ("progress", "iteration", "metric")})
    if curve.empty:
        raise TraceError(f"{file} holds no evaluation, but only a header")
    for name in ("progress", "iteration"):
        steps = np.diff(curve[name].to_numpy(), prepend=0.0)
        if (wrong := np.flatnonzero(~(steps > 0) | ~np.isfinite(steps))).size:
            line = int(wrong[0]) + 2
            raise TraceError(
                f"{file}, line {line}: {name} is {table[name].iloc[line - 2]}, and does not rise from above 0"
            )
    return curve


def _samples_per_epoch(curves: Mapping[int, pd.DataFrame]) -> float:
    """Count the samples of a row at the smallest batch size, where a row is a pass over the data."""
    size = min(curves)
    return size * float(curves[size]["progress"].iloc[-1]) / len(curves[size])


def _metrics(curves: Mapping[int, pd.DataFrame], samples: float, folder: Path) -> pd.DataFrame:
    tables = []
    for size, curve in curves.items():
        epoch = np.maximum(np.rint(curve["iteration"].to_numpy() * size / samples), 1).astype(np.int64)
        value = curve["metric"].where(np.isfinite(curve["metric"]))
        table = pd.DataFrame({"batch_size": size, "learning_rate": 1.0, "run": 1, "epoch": epoch, "metric": "metric"})
        table = table.assign(value=value, epochs=int(epoch[-1]))
        # Two evaluations can fall on one epoch by rounding; the later one saw more of it.
        tables.append(table.drop_duplicates("epoch", keep="last"))
    return pd.concat(tables, ignore_index=True)
