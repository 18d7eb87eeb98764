"""Say everything that is wrong with a trace directory: each table, each pair of them, and the jobs that it names."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.layout import groups_file, metrics_file, power_files, train_file
from simulator.trace.load import load, load_pair
from simulator.trace.metadata import FILE_NAME, read_metadata
from simulator.trace.schema import GROUPS, METRICS
from simulator.trace.validate import Report, validate_job
from simulator.trace.validate.report import error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from simulator.trace.validate import Problem

    Tables = tuple[pd.DataFrame, pd.DataFrame]

__all__ = ["validate_directory"]


def validate_directory(directory: Path) -> dict[Path, Report]:
    """Check each table, each power trace against the train trace, and each job of ``trace.json`` on each GPU.

    Parameters
    ----------
    directory
        A trace directory.

    Returns
    -------
    dict
        A report for each file that is there. That the directory lacks some of the stock jobs is no problem; that it
        lacks one which its own ``trace.json`` names, is an error.

    Raises
    ------
    TraceError
        If the directory has no train trace, or no power trace.
    """
    train_path = train_file(directory)
    reports: dict[Path, Report] = {}
    tables: dict[str, Tables] = {}
    for gpu, file in power_files(directory).items():
        (train, reports[train_path]), (power, reports[file]) = load_pair(train_path, file)
        if not (train.empty or power.empty):  # else a file could not be read, and that was said
            tables[gpu] = train, power
    if (about := directory / FILE_NAME).is_file():
        reports[about] = _check_jobs(directory, tables, said=sum(reports.values(), start=Report()))
    for find, schema in ((groups_file, GROUPS), (metrics_file, METRICS)):
        with suppress(NotInTraceError):  # not every directory has submissions, or metrics
            reports[find(directory)] = load(find(directory), schema)[1]
    return reports


def _check_jobs(directory: Path, tables: Mapping[str, Tables], *, said: Report) -> Report:
    try:
        about = read_metadata(directory)
    except TraceError as refused:
        return Report((error("job", "", str(refused)),))
    gpus: dict[tuple[str, Problem], list[str]] = {}
    for gpu, (train, power) in tables.items():
        for job, by_gpu in about.jobs:
            here = replace(job, default_bs=by_gpu.get(gpu.lower(), job.default_bs))
            for problem in validate_job(here, train, power).problems:
                if problem not in said.problems:
                    gpus.setdefault((str(job), problem), []).append(gpu)
    return Report(tuple(replace(p, message=f"{job} on {', '.join(on)}: {p.message}") for (job, p), on in gpus.items()))
