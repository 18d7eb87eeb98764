"""A trace with other targets: its runs and its power as they were recorded, and its jobs trained to something else."""

from __future__ import annotations

import json
import logging
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.derive import chosen_metric, derive_targets
from simulator.trace.derive_direction import direction
from simulator.trace.directory import validate_directory
from simulator.trace.files import write_table
from simulator.trace.files.folder import whole_folder
from simulator.trace.layout import groups_file, is_trace_directory, metrics_file, power_files
from simulator.trace.metadata import FILE_NAME, read_metadata
from simulator.trace.read import read_metrics
from simulator.trace.validate import Report
from simulator.trace.validate.report import listed
from simulator.trace.validate.targets import WORKLOAD

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["derive_trace", "job_entries"]

_logger = logging.getLogger(__name__)

#: What an earlier derivation put at the end of a description.
_DERIVED = re.compile(r"(^|; )targets derived from .*$")


def derive_trace(
    directory: str | os.PathLike[str],
    targets: Iterable[float],
    out: str | os.PathLike[str],
    *,
    metric: str | None = None,
    higher_is_better: bool | None = None,
) -> list[Path]:
    """Write a trace whose targets are derived from the metrics of another.

    Power traces, metrics and submissions are carried over byte for byte. ``trace.json`` names each job once per target;
    a job of a workload that does not report the metric is left out.

    Parameters
    ----------
    directory
        A folder with metrics and, to be replayed, power traces: what `simulator collect` left, or an imported trace.
    targets
        Values of the metric that count as trained.
    out
        Folder for the new trace. It appears whole, or not at all.
    metric
        Name of the metric; None means the one that the runs were collected for, as ``trace.json`` says, or else the
        only one there is.
    higher_is_better
        Whether the metric rises while training improves the model; None means what the folder's jobs say of it, and
        otherwise that it does.

    Returns
    -------
    list of pathlib.Path
        The files, sorted.

    Raises
    ------
    TraceError
        If the folder holds no metrics, the metrics or the result cannot be true, the jobs contradict the direction,
        or nothing can be written to ``out``.
    """
    source, out = _with_metrics(Path(directory)), Path(out)
    metrics, known = metrics_file(source), _known(source)
    table = read_metrics(metrics)
    names = sorted(table["metric"].unique().tolist())
    name = chosen_metric(names, metric if metric is not None else _collected_for(known, names))
    rises = direction(known, names, name, higher_is_better)
    train = derive_targets(table, targets, metric=name, higher_is_better=rises)
    about = _about(known, train, metric=name, higher_is_better=rises)
    with whole_folder(out) as folder:
        for file in [metrics, *_others(source)]:
            shutil.copyfile(file, folder / file.name)
        write_table(train, folder / "train.csv")
        (folder / FILE_NAME).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8", newline="\n")
        _check(folder, out)
        names = sorted(file.name for file in folder.iterdir())
    _warn_of_stopped_runs(train, about["jobs"])
    return [out / name for name in names]


def job_entries(train: pd.DataFrame, *, higher_is_better: bool, like: Iterable[dict[str, Any]] = ()) -> list[Any]:
    """Describe the jobs of a train trace for ``trace.json``: one per workload and target, sorted.

    Parameters
    ----------
    train
        A derived train trace.
    higher_is_better
        Whether the metric rises while training improves the model.
    like
        Earlier entries; what they say of a workload beside its target is kept. A workload without one is allowed the
        epochs of its longest run.

    Returns
    -------
    list of dict
        The entries.
    """
    entries: dict[str, dict[str, Any]] = {}
    earlier = list(like)
    for key, of_workload in train.groupby(WORKLOAD):
        workload = dict(zip(WORKLOAD, map(str, key), strict=True))
        known = [e for e in earlier if {name: e[name] for name in WORKLOAD} == workload]
        for entry in known or [{**workload, "max_epochs": int(of_workload["epochs"].max())}]:
            for target in of_workload["target_metric"].unique().tolist():
                new = {**entry, "target_metric": target, "higher_is_better": higher_is_better}
                entries[json.dumps(new, sort_keys=True)] = new
    return list(entries.values())


def _with_metrics(directory: Path) -> Path:
    """Find the trace in the folder of a collection; any other folder is meant as it is."""
    inside = directory / "trace"
    try:
        metrics_file(inside)
    except TraceError:
        return directory
    with suppress(NotInTraceError):
        metrics_file(directory)
        return directory
    return inside


def _collected_for(known: dict[str, Any], names: list[str]) -> str | None:
    """Find the metric that a collection's target was about, if it is one of those there are."""
    metric = known.get("measured", {}).get("metric")
    return metric if metric in names else None


def _known(source: Path) -> dict[str, Any]:
    """Read what a folder says about itself, and at least its name."""
    name = read_metadata(source).name  # refuses what cannot be understood
    file = source / FILE_NAME
    return {"name": name} | (json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {})


def _about(known: dict[str, Any], train: pd.DataFrame, *, metric: str, higher_is_better: bool) -> dict[str, Any]:
    """Change what a folder says about itself."""
    values = listed([f"{target:g}" for target in sorted(train["target_metric"].unique())], shown=20)
    what = f"targets derived from {metric}: {values}"
    before = _DERIVED.sub("", known.get("description", ""))
    jobs = job_entries(train, higher_is_better=higher_is_better, like=known.get("jobs", ()))
    measured = {"measured": {**known["measured"], "metric": metric}} if "measured" in known else {}
    return {**known, "description": f"{before}; {what}" if before else what, "jobs": jobs, **measured}


def _others(source: Path) -> list[Path]:
    """Files that are carried over, as far as there are any."""
    found = []
    with suppress(NotInTraceError):
        found.append(groups_file(source))
    with suppress(NotInTraceError):
        found += power_files(source).values()
    return found


def _check(folder: Path, out: Path) -> None:
    """Refuse a result that cannot be replayed as it stands; without power, there is nothing to replay yet."""
    if is_trace_directory(folder):
        sum(validate_directory(folder).values(), start=Report()).settle(out)


def _warn_of_stopped_runs(train: pd.DataFrame, jobs: list[dict[str, Any]]) -> None:
    """Say of runs that ended before the epochs allowed, without having passed: nobody knows whether they would have."""
    allowed = {tuple(job[name] for name in WORKLOAD): job["max_epochs"] for job in jobs}
    workload = train[WORKLOAD].itertuples(index=False, name=None)
    stopped = train["target_epoch"].isna() & (train["epochs"] < [allowed[key] for key in workload])
    for target, rows in train.loc[stopped].groupby("target_metric"):
        _logger.warning(
            "%d of %d runs ended before the epochs allowed without passing %g: they count as never reaching it, though "
            "they may only have been stopped at an easier target",
            len(rows),
            int((train["target_metric"] == target).sum()),
            target,
        )
