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
from simulator.trace.derive import derive_targets
from simulator.trace.directory import validate_directory
from simulator.trace.files import write_table
from simulator.trace.files.folder import whole_folder
from simulator.trace.layout import groups_file, is_trace_directory, metrics_file, power_files
from simulator.trace.metadata import FILE_NAME, read_metadata
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
    higher_is_better: bool = True,
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
        Name of the metric; None means the only one there is.
    higher_is_better
        Whether the metric rises while training improves the model.

    Returns
    -------
    list of pathlib.Path
        The files, sorted.

    Raises
    ------
    TraceError
        If the folder holds no metrics, the metrics or the result cannot be true, or nothing can be written to ``out``.
    """
    source, out = _with_metrics(Path(directory)), Path(out)
    metrics = metrics_file(source)
    train = derive_targets(metrics, targets, metric=metric, higher_is_better=higher_is_better)
    about = _about(source, train, metric=metric, higher_is_better=higher_is_better)
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


def _about(source: Path, train: pd.DataFrame, *, metric: str | None, higher_is_better: bool) -> dict[str, Any]:
    """Change what a folder says about itself."""
    known = read_metadata(source)  # refuses what cannot be understood
    file = source / FILE_NAME
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    values = listed([f"{target:g}" for target in sorted(train["target_metric"].unique())], shown=20)
    what = f"targets derived from {'metrics' if metric is None else metric}: {values}"
    before = _DERIVED.sub("", content.get("description", ""))
    jobs = job_entries(train, higher_is_better=higher_is_better, like=content.get("jobs", ()))
    return {"name": known.name, **content, "description": f"{before}; {what}" if before else what, "jobs": jobs}


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
