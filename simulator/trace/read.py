"""Read traces: single tables against their schema, and whole directories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import NotInTraceError, nearest
from simulator.trace.files import MAX_BYTES, SUFFIXES, read_table, write_table
from simulator.trace.layout import groups_file, metrics_file, power_files, train_file
from simulator.trace.load import check, load_pair, typed
from simulator.trace.locate import locate
from simulator.trace.metadata import read_metadata
from simulator.trace.schema import GROUPS, METRICS, POWER, TRAIN
from simulator.trace.traces import Traces

if TYPE_CHECKING:
    import os

    from simulator.trace.files.read import Source
    from simulator.trace.schema import TableSchema

__all__ = [
    "list_gpus",
    "read_groups",
    "read_metrics",
    "read_power",
    "read_table",
    "read_traces",
    "read_train",
    "write_table",
]


def read_train(source: Source, *, max_bytes: int = MAX_BYTES) -> pd.DataFrame:
    """Read a train trace and refuse one that cannot be true.

    Values are kept as they are; ``target_epoch`` is float64, with NaN for a target that was never reached.

    Parameters
    ----------
    source
        A file or a DataFrame; see `read_table`.
    max_bytes
        Refuse a file that holds more than this [bytes].

    Returns
    -------
    pandas.DataFrame
        The train trace, with the columns of `simulator.trace.schema.TRAIN` and whatever else it had.

    Raises
    ------
    TraceError
        If the file cannot be read, or with everything that validation found.
    """
    return _read(source, TRAIN, max_bytes)


def read_power(source: Source, *, max_bytes: int = MAX_BYTES) -> pd.DataFrame:
    """Read the power trace of one GPU and refuse one that cannot be true.

    Parameters
    ----------
    source
        A file or a DataFrame; see `read_table`.
    max_bytes
        Refuse a file that holds more than this [bytes].

    Returns
    -------
    pandas.DataFrame
        The power trace, with the columns of `simulator.trace.schema.POWER` and whatever else it had.

    Raises
    ------
    TraceError
        If the file cannot be read, or with everything that validation found.
    """
    return _read(source, POWER, max_bytes)


def read_groups(source: Source | None = None, *, max_bytes: int = MAX_BYTES) -> pd.DataFrame:
    """Read a table of overlapping submissions, ordered by start within each group.

    Groups stay in the order in which they first appear; submissions that start together stay in theirs.

    Parameters
    ----------
    source
        A file, a DataFrame, or where a table of submissions lies: a trace directory, the name of published traces, or
        None for the bundled ones.
    max_bytes
        Refuse a file that holds more than this [bytes].

    Returns
    -------
    pandas.DataFrame
        The submissions, with the columns of `simulator.trace.schema.GROUPS` and whatever else the table had; rows are
        numbered from 0. ``attrs["synthetic"]`` says whether the trace directory where they lie calls itself so.

    Raises
    ------
    NotInTraceError
        If the directory has no such table.
    TraceError
        If the file cannot be read, or with everything that validation found.
    """
    if source is None or not (isinstance(source, pd.DataFrame) or str(source).lower().endswith(SUFFIXES)):
        source = groups_file(locate(source))
    groups = _read(source, GROUPS, max_bytes)
    appearance, _ = pd.factorize(groups["group"])
    ordered = groups.iloc[np.lexsort((groups["start_time"], appearance))].reset_index(drop=True)
    if not isinstance(source, pd.DataFrame):
        ordered.attrs["synthetic"] = read_metadata(Path(source).parent).synthetic
    return ordered


def read_metrics(source: Source, *, max_bytes: int = MAX_BYTES) -> pd.DataFrame:
    """Read what recorded runs reported, epoch by epoch.

    Parameters
    ----------
    source
        A file, a DataFrame, or a folder that holds such a file.
    max_bytes
        Refuse a file that holds more than this [bytes].

    Returns
    -------
    pandas.DataFrame
        The metrics, with the columns of `simulator.trace.schema.METRICS` and whatever else the table had; ``value`` is
        float64, with NaN where it was no finite number.

    Raises
    ------
    NotInTraceError
        If the folder has no such table.
    TraceError
        If the file cannot be read, or with everything that validation found.
    """
    if not isinstance(source, pd.DataFrame) and Path(source).is_dir():
        source = metrics_file(Path(source))
    return _read(source, METRICS, max_bytes)


def list_gpus(path: str | os.PathLike[str] | None = None) -> list[str]:
    """List the GPUs that a trace directory has power traces of, sorted.

    Parameters
    ----------
    path
        A trace directory, the name of published traces, or None for the bundled ones.

    Raises
    ------
    TraceError
        If there is no such directory, or it holds no power trace.
    """
    return list(power_files(locate(path)))


def read_traces(
    path: str | os.PathLike[str] | None = None, *, gpu: str | None = None, max_bytes: int = MAX_BYTES
) -> Traces:
    """Read the traces of one GPU from a directory.

    Parameters
    ----------
    path
        A trace directory, the name of published traces, or None for the bundled ones.
    gpu
        Name of the GPU; None means the only one there is.
    max_bytes
        Refuse a file that holds more than this [bytes].

    Returns
    -------
    Traces
        Both tables, with the jobs that they are meant for.

    Raises
    ------
    NotInTraceError
        If there is no power trace of the GPU, or several GPUs and none was named.
    TraceError
        If a file cannot be read, holds what cannot be true, or if the two tables have nothing in common.
    """
    directory = locate(path)
    gpu, power_file = _choose(power_files(directory), gpu, directory)
    (train, of_train), (power, of_power) = load_pair(train_file(directory), power_file, max_bytes=max_bytes)
    (of_train + of_power).settle(f"{directory}, {gpu}")
    train, power = typed(train, TRAIN), typed(power, POWER)
    about = read_metadata(directory)
    jobs = about.jobs_on(gpu, train, power)
    return Traces(train=train, power=power, gpu=gpu, name=about.name, synthetic=about.synthetic, jobs=jobs)


def _choose(files: dict[str, Path], gpu: str | None, directory: Path) -> tuple[str, Path]:
    if gpu is None:
        if len(files) > 1:
            raise NotInTraceError(f"{directory} has traces of several GPUs; choose one: gpu= {', '.join(files)}")
        gpu = next(iter(files))
    name = gpu.lower()
    if name not in files:
        raise NotInTraceError(f"{directory} has no GPU {gpu!r}, but {', '.join(files)}{nearest(gpu, files)}")
    return name, files[name]


def _read(source: Source, schema: TableSchema, max_bytes: int) -> pd.DataFrame:
    table, report = check(source, schema, max_bytes=max_bytes)
    report.settle(f"the {schema.name} table" if isinstance(source, pd.DataFrame) else source)
    return typed(table, schema)
