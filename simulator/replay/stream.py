"""Histories that are larger than memory: to a Parquet file, piece by piece."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import ReplayError
from simulator.replay.playing import Playing
from simulator.replay.replay import replay
from simulator.trace.files.write import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["to_parquet"]

#: Rows of a row group, about: what a reader holds in memory at once.
_ROWS = 1 << 20


def to_parquet(path: str | PathLike[str], job: Any, traces: Any, **arguments: Any) -> Path:
    """Replay as `simulator.replay` does, straight to a Parquet file: a million seeds need no more memory than a few.

    The file has the same rows and attributes as the table, so ``pandas.read_parquet`` gives the table, and readers
    that take row groups one by one need not. It appears whole, or not at all.

    Parameters
    ----------
    path
        The file; missing folders are made.
    job, traces, arguments
        As `simulator.replay` takes them.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ReplayError
        If the file cannot be written, an argument is unknown, or as `simulator.replay` says.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd, simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = simulator.replay.to_parquet(f"{folder}/runs.parquet", traces.jobs[0], traces, policy="ucb", seeds=1)
    ...     pd.read_parquet(file).equals(simulator.replay(traces.jobs[0], traces, policy="ucb", seeds=1))
    True
    """
    try:
        bound = inspect.signature(replay).bind(job, traces, **arguments)
    except TypeError as error:
        raise ReplayError(f"{error}; simulator.replay says which arguments there are") from error
    bound.apply_defaults()
    playing = Playing.begin(**bound.arguments)
    try:
        with whole_file(path) as temporary:
            _write(playing, temporary)
    except OSError as error:
        raise ReplayError(f"{path} cannot be written: {error.strerror or error}; choose another place") from error
    return Path(path)


def _write(playing: Playing, file: Path) -> None:
    pieces = _gathered(playing.frames())
    first = pa.Table.from_pandas(next(pieces), preserve_index=False)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(pa.Table.from_pandas(piece, schema=first.schema, preserve_index=False))
        # pandas keeps and finds attributes under this name.
        writer.add_key_value_metadata({"PANDAS_ATTRS": json.dumps(playing.attributes())})


def _gathered(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Put small tables together until they are worth a row group."""
    waiting: list[pd.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(map(len, waiting)) >= _ROWS:
            yield pd.concat(waiting, ignore_index=True)
            waiting = []
    if waiting:
        yield pd.concat(waiting, ignore_index=True)
