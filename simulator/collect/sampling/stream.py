"""Writes samples so that a crash costs at most the last second: an Arrow IPC stream, a whole batch per write.

An IPC *stream* keeps every finished batch when the writer is killed; an IPC *file* and Parquet are unreadable without
the footer that a killed writer never wrote.
"""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import ipc

from simulator.collect.clock import SystemClock
from simulator.collect.sampling.schema import METADATA_KEY, VERSION
from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.trace.schema import TableSchema

__all__ = ["FSYNC_NS", "StreamWriter", "next_files"]

#: How often what was written is forced to the disk [ns].
FSYNC_NS = 5_000_000_000


class StreamWriter:
    """An Arrow IPC stream (zstd) of samples, one file, one batch per `write`.

    Each batch goes to the operating system in one piece, so that a process that is killed leaves whole batches only;
    every five seconds they are forced to the disk, so that a machine that loses power leaves nearly all.

    Parameters
    ----------
    path
        The file; it must not exist.
    schema
        `simulator.collect.sampling.schema.FAST` or `SLOW`.
    metadata
        What is known of the collection; it must have a place in JSON.
    clock
        Says when five seconds are over.

    Raises
    ------
    CollectError
        If the file cannot be made or written to; what was written before stays whole.
    """

    def __init__(
        self, path: Path, schema: TableSchema, metadata: Mapping[str, Any], *, clock: Clock | None = None
    ) -> None:
        self.path = path
        self.rows = 0
        self._clock = clock or SystemClock()
        self._schema = schema.arrow.with_metadata({METADATA_KEY: json.dumps({"version": VERSION, **metadata}).encode()})
        self._buffer = io.BytesIO()
        self._end = 0
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise _refused(path, error) from error
        self._synced_ns = self._clock.monotonic_ns()
        self._writer = ipc.new_stream(
            self._buffer, self._schema, options=ipc.IpcWriteOptions(compression="zstd", use_threads=False)
        )
        self._writer.write_batch(self._batch([]))  # or else the schema would wait for the first batch
        self._flush()

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write one batch, and force it to the disk if that was not done for five seconds.

        Parameters
        ----------
        rows
            Tuples in the order of the schema's columns; none at all writes nothing.

        Raises
        ------
        CollectError
            If the disk is full or fails. The file then ends with the batch before.
        """
        if not rows:
            return
        self._writer.write_batch(self._batch(rows))
        self._flush()
        self.rows += len(rows)
        if self._clock.monotonic_ns() - self._synced_ns >= FSYNC_NS:
            self._sync()

    def close(self) -> None:
        """End the stream and force it to the disk; a second time does nothing.

        Raises
        ------
        CollectError
            If the disk is full or fails; the file is closed all the same.
        """
        if self._file < 0:
            return
        try:
            self._writer.close()
            self._flush()
            self._sync()
        finally:
            self._abandon()

    def _batch(self, rows: Sequence[tuple[Any, ...]]) -> pa.RecordBatch:
        columns = zip(*rows, strict=True) if rows else [()] * len(self._schema)
        arrays = [_array(cells, field.type) for cells, field in zip(columns, self._schema, strict=True)]
        return pa.record_batch(arrays, schema=self._schema)

    def _flush(self) -> None:
        """Hand over what has gathered in memory, all of it or nothing."""
        rest = memoryview(self._buffer.getvalue())
        self._buffer.seek(0)
        self._buffer.truncate()
        end = self._end + len(rest)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            os.ftruncate(self._file, self._end)  # takes no room; half a batch is of no use to anybody
            self._abandon()
            raise _refused(self.path, error) from error
        self._end = end

    def _sync(self) -> None:
        self._synced_ns = self._clock.monotonic_ns()
        try:
            os.fsync(self._file)
        except OSError as error:
            self._abandon()
            raise _refused(self.path, error) from error

    def _abandon(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _array(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Make a column; numbers that its type cannot hold, as 2⁶⁴ - 1 for "not available", become empty."""
    try:
        return pa.array(cells, kind)
    except (OverflowError, pa.ArrowInvalid):
        if pa.types.is_list(kind):
            return pa.array([None if cell is None else _fitting(cell, kind.value_type) for cell in cells], kind)
        return pa.array(_fitting(cells, kind), kind)


def _fitting(numbers: Sequence[int | None], kind: pa.DataType) -> list[int | None]:
    bound = 1 << (kind.bit_width - 1)
    return [None if number is None or not -bound <= number < bound else number for number in numbers]


def _refused(path: Path, error: OSError) -> CollectError:
    return CollectError(
        f"samples cannot be written to {path}: {error.strerror or error}; what was written before is whole. "
        f"Make room there, or collect into another directory"
    )


def next_files(directory: Path, stems: Sequence[str]) -> list[Path]:
    """Name the files of a sampler that starts, or starts again, in a directory: none of them exists.

    Parameters
    ----------
    directory
        A run's directory.
    stems
        Names without number and suffix; all get the same number.

    Returns
    -------
    list of pathlib.Path
        ``samples.arrows`` the first time, ``samples.2.arrows`` the second.

    Examples
    --------
    >>> from pathlib import Path
    >>> [path.name for path in next_files(Path("nowhere"), ["samples", "slow"])]
    ['samples.arrows', 'slow.arrows']
    """
    number = 1
    while True:
        paths = [directory / (f"{stem}.arrows" if number == 1 else f"{stem}.{number}.arrows") for stem in stems]
        if not any(path.exists() for path in paths):
            return paths
        number += 1
