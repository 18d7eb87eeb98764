"""Tables of Alibaba's PAI trace of 2020, which are large and have no header: read a piece at a time.

Columns are those of ``pai_job_table.header`` and ``pai_group_tag_table.header`` in alibaba/clusterdata,
cluster-trace-gpu-v2020 (Q. Weng et al., "MLaaS in the Wild", NSDI'22).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pc

from simulator.errors import TraceError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["JOBS", "TAGS", "read_pieces"]

#: Columns of the job table. Times are in s since an unknown moment.
JOBS: Mapping[str, pa.DataType] = {
    "job_name": pa.string(),
    "inst_id": pa.string(),
    "user": pa.string(),
    "status": pa.string(),
    "start_time": pa.float64(),
    "end_time": pa.float64(),
}
#: Columns of the group-tag table.
TAGS: Mapping[str, pa.DataType] = dict.fromkeys(("inst_id", "user", "gpu_type_spec", "group", "workload"), pa.string())

#: What is read at a time [bytes], so that memory does not grow with the file.
PIECE = 1 << 22

_ROW = re.compile(r"Row #(?P<row>\d+): ")


def read_pieces(
    path: str | os.PathLike[str],
    columns: Mapping[str, pa.DataType],
    wanted: list[str],
    *,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[pa.RecordBatch]:
    """Read a table a piece at a time; a first line with the names of the columns is left out.

    Parameters
    ----------
    path
        The table: .csv, or .csv.gz and the like.
    columns
        Columns that each line has, in their order.
    wanted
        Columns to hand out.
    told
        Called with how much of the file was read [bytes].

    Yields
    ------
    pyarrow.RecordBatch
        The wanted columns of the next lines.

    Raises
    ------
    TraceError
        If the file cannot be read, or a line has more or fewer cells, or a time is no number; the message names file
        and line.
    """
    file = Path(path)
    if file.name.endswith((".tar.gz", ".tgz", ".tar")):
        raise TraceError(f"{file} is an archive; unpack it first: tar -xzf {file.name}")
    header = _has_header(file, list(columns))
    try:
        with file.open("rb") as raw, pa.input_stream(raw, compression=_compression(file)) as stream:
            reader = pc.open_csv(
                stream,
                read_options=pc.ReadOptions(
                    column_names=list(columns), skip_rows=int(header), block_size=PIECE, use_threads=False
                ),
                convert_options=pc.ConvertOptions(
                    column_types=dict(columns), include_columns=wanted, strings_can_be_null=True
                ),
            )
            for piece in reader:
                yield piece
                told(raw.tell())
    except (OSError, pa.ArrowException) as cause:
        raise TraceError(_said(file, str(cause))) from cause


def _has_header(file: Path, names: list[str]) -> bool:
    try:
        with file.open("rb") as raw, pa.input_stream(raw, compression=_compression(file)) as stream:
            head: bytes = stream.read(PIECE)
    except (OSError, pa.ArrowException) as cause:
        raise TraceError(_said(file, str(cause))) from cause
    if not head:
        raise TraceError(f"{file} is empty")
    line = head.partition(b"\n")[0].decode("utf-8", "replace").strip()
    found = len(line.split(","))
    if found != len(names):
        raise TraceError(f"{file}, line 1: {found} cells where {len(names)} are expected: {', '.join(names)}")
    return line.split(",") == names


def _compression(file: Path) -> str | None:
    return {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".lz4": "lz4"}.get(file.suffix.lower())


def _said(file: Path, message: str) -> str:
    """Turn pyarrow's words into ours; its rows are lines of the file, a header counted in."""
    what = message.removeprefix("CSV parse error: ").splitlines()[0]
    if match := _ROW.search(what):
        return f"{file}, line {match['row']}: {what[match.end() :]}; it may be truncated, or another table"
    return f"{file} cannot be read: {what}"
