"""From the results of a collection to traces that replay."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.collect.finalize.about import about, replayable, shortcomings
from simulator.collect.finalize.details import epochs_table, runs_table
from simulator.collect.finalize.gather import gather
from simulator.collect.finalize.gpu_key import gpu_key
from simulator.collect.finalize.power import POWER_DETAILS, measure_cells
from simulator.collect.finalize.summary import summarize_sizes
from simulator.collect.finalize.train import metrics_table, train_table
from simulator.errors import CollectError, TraceError
from simulator.trace.files import whole_file, write_table
from simulator.trace.metadata import FILE_NAME

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["Finalized", "finalize"]

_logger = logging.getLogger("simulator.collect")

TRACE, TABLES = "trace", "tables"


@dataclass(frozen=True, eq=False, kw_only=True)
class Finalized:
    """What a collection came to.

    Parameters
    ----------
    trace
        Folder of the traces.
    files
        All files that were written, relative to the collection's folder.
    gpu
        What the GPU is called in the traces; None if only times were recorded.
    replayable
        Whether the traces can be replayed.
    summary
        What was measured, a row per batch size.
    remarks
        What the traces lack, and what is to be said against what they hold, in words.
    failures
        Each run that failed, and why, in the order of the plan; a batch size that does not fit is no failure.
    """

    trace: Path
    files: tuple[str, ...]
    gpu: str | None
    replayable: bool
    summary: pd.DataFrame
    remarks: tuple[str, ...]
    failures: tuple[str, ...] = ()


def finalize(out: str | os.PathLike[str]) -> Finalized:
    """Make traces of the results in a collection's folder.

    Only results are read, so that it does not matter in which order they were made, nor how often this is done: the
    same results give the same bytes. ``OUT/trace`` is a trace directory: train.csv, power_GPU.csv, metrics.csv and
    trace.json; a table without rows is not written. ``OUT/tables`` has the same as Parquet with all that is known about
    a row, and a table each of all runs and of all epochs.

    Parameters
    ----------
    out
        The collection's folder.

    Returns
    -------
    Finalized
        What was written, and what is to be said against it, which is logged, too.

    Raises
    ------
    CollectError
        If there is no collection, a file of it cannot be understood, or nothing can be written.
    """
    out = Path(out)
    gathered = gather(out)
    names = [gpu["name"] for gpu in gathered.manifest.gpus]
    gpu = (gathered.plan.measure.gpu_key or gpu_key(names)) if names else None
    train, metrics = train_table(gathered), metrics_table(gathered)
    measured = measure_cells(gathered, timed_only=gpu is None)
    said = shortcomings(gathered, train, measured)
    for line in said:
        _logger.warning("%s", line)
    power = measured.table.drop(columns=list(POWER_DETAILS))
    cells = "times" if gpu is None else f"power_{gpu}"
    traces = {"train.csv": train, "metrics.csv": metrics} | ({} if gpu is None else {f"{cells}.csv": power})
    details = {"train": train, "metrics": metrics, cells: measured.table}
    details |= {"runs": runs_table(gathered), "epochs": epochs_table(gathered)}
    files = _write(out / TRACE, {name: table for name, table in traces.items() if not table.empty})
    files += _write(out / TABLES, {f"{name}.parquet": table for name, table in details.items()})
    document = about(gathered, train, measured, gpu, said)
    try:
        with whole_file(out / TRACE / FILE_NAME) as temporary:
            temporary.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as cause:
        raise _unwritten(out / TRACE, cause.strerror or str(cause)) from cause
    return Finalized(
        trace=out / TRACE,
        files=(*files, f"{TRACE}/{FILE_NAME}"),
        gpu=gpu,
        replayable=gpu is not None and replayable(gathered, train, measured),
        summary=summarize_sizes(gathered, train, measured),
        remarks=tuple(said),
        failures=tuple(f"{spec}: {gathered.why_not(spec)}" for spec in gathered.specs if gathered.has_failed(spec)),
    )


def _write(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Write tables into a folder that holds nothing else of their kind: what an earlier time left there goes."""
    try:
        for name, table in tables.items():
            write_table(table, folder / name)
        for file in [*folder.glob("*.csv"), *folder.glob("*.parquet")]:
            if file.name not in tables:
                file.unlink()
    except TraceError as cause:
        raise CollectError(f"the traces cannot be written: {cause}") from cause
    except OSError as cause:
        raise _unwritten(folder, cause.strerror or str(cause)) from cause
    return [f"{folder.name}/{name}" for name in tables]


def _unwritten(folder: Path, why: str) -> CollectError:
    return CollectError(f"the traces cannot be written to {folder}: {why}; the results are kept, finalize them again")
