"""Tables in files: CSV, compressed CSV and Parquet, read and written whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import logging
import lzma
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import TraceError, nearest
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

__all__ = ["MAX_BYTES", "SUFFIXES", "read_table", "whole_file", "write_table"]

_logger = logging.getLogger(__name__)

#: Largest table that is read without being asked twice [bytes], unpacked. The published traces have 0.3 MB.
MAX_BYTES = 1 << 30

#: What a damaged file makes the libraries below raise.
DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, csv.Error, pa.ArrowException, MemoryError)


def _zst_opened(path: Path) -> pa.CompressedInputStream:
    return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")


def _zst_packed(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


#: How a CSV file is opened, and how its bytes are packed, by the ending of its name.
PACKINGS: dict[str, tuple[Callable[[Path], Any], Callable[[bytes], bytes]]] = {
    ".csv": (lambda path: path.open("rb"), bytes),
    ".csv.gz": (gzip.open, lambda data: gzip.compress(data, mtime=0)),
    ".csv.xz": (lzma.open, lzma.compress),
    ".csv.zst": (_zst_opened, _zst_packed),
}

#: Endings of file names that are understood.
SUFFIXES = (*PACKINGS, ".parquet")


def read_table(source: str | os.PathLike[str] | pd.DataFrame, *, max_bytes: int = MAX_BYTES) -> pd.DataFrame:
    """Read a table from a file; a DataFrame is handed back as it is.

    Nothing is validated but the file: that it is whole, and that all of its rows have as many cells as its header.
    Numbers in CSV files are parsed as `pandas.read_csv` parses them by default, to the last bit. That is exact from
    pandas 3.1 on; older ones may be off by the last bit where a number has 16 digits or more.

    Parameters
    ----------
    source
        A file that ends in .csv, .csv.gz, .csv.xz, .csv.zst or .parquet, or a DataFrame.
    max_bytes
        Refuse a file that holds more than this, packed or unpacked [bytes].

    Returns
    -------
    pandas.DataFrame
        The table, with rows numbered from 0 if it came from a file.

    Raises
    ------
    TraceError
        If the file is missing, empty, truncated, damaged, too large, or not what its name says.
    """
    if isinstance(source, pd.DataFrame):
        return source
    path = Path(source)
    suffix = _suffix(path)
    _check_file(path, max_bytes)
    try:
        if suffix == ".parquet":
            return _read_parquet(path, max_bytes)
        return _parse_csv(_unpack(path, suffix, max_bytes), path)
    except TraceError as found:
        raise TraceError(f"{path}: {found}") from found.__cause__
    except DAMAGE as cause:
        what = str(cause).strip() or type(cause).__name__
        raise TraceError(
            f"{path} cannot be read as {suffix}: {what}; it may be truncated, damaged or of another format"
        ) from cause


def write_table(df: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table in the format of the file's name; equal tables give equal bytes.

    The file appears whole under its name, or not at all. The index is not written.

    Parameters
    ----------
    df
        The table.
    path
        A file that ends in .csv, .csv.gz, .csv.xz, .csv.zst or .parquet. Missing folders are made.

    Raises
    ------
    TraceError
        If the name says no format that is known.
    """
    suffix = _suffix(Path(path))
    with whole_file(path) as temporary:
        if suffix == ".parquet":
            table = pa.Table.from_pandas(df, preserve_index=False)
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        else:
            _, packed = PACKINGS[suffix]
            temporary.write_bytes(packed(df.to_csv(index=False, lineterminator="\n").encode()))


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Offer a temporary file beside ``path``, which takes that name if the block ends well and vanishes if not.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.txt']
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # In a folder of its own, the file gets the user's usual permissions, which a named temporary file does not.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        temporary.replace(path)


def _suffix(path: Path) -> str:
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise TraceError(f"{path} says no format that is known; a table's name ends in {', '.join(SUFFIXES)}")


def _check_file(path: Path, max_bytes: int) -> None:
    if path.is_dir():
        raise TraceError(f"{path} is a directory; name a file, or give the directory to read_traces")
    if not path.is_file():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise TraceError(f"no file {path}{nearest(path.name, beside)}")
    size = path.stat().st_size
    if size == 0:
        raise TraceError(f"{path} is empty")
    if size > max_bytes:
        raise _too_large(path, size, max_bytes)


def _too_large(what: object, size: int, max_bytes: int) -> TraceError:
    return TraceError(
        f"{what} holds {size / 1e9:.3g} GB or more, and a trace a few MB; if it is one after all, "
        f"read it with a larger max_bytes (now {max_bytes})"
    )


def _unpack(path: Path, suffix: str, max_bytes: int) -> bytes:
    """Read a file, at most ``max_bytes`` of what it unpacks to: a small file can hold a large one."""
    opened, _ = PACKINGS[suffix]
    with opened(path) as file:
        data: bytes = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise _too_large("unpacked, it", len(data), max_bytes)
    return data


def _parse_csv(data: bytes, path: Path) -> pd.DataFrame:
    if b"\0" in data:
        raise TraceError("it holds binary data and not the lines of a CSV file")
    _check_lines(data.decode("utf-8-sig"))
    if not data.endswith((b"\n", b"\r")):
        _logger.warning("%s has no newline at its end; if it was cut short, its last row is wrong", path)
    # One type per column, and no warning about mixed ones: validation names the cells that do not fit.
    return pd.read_csv(io.BytesIO(data), low_memory=False)


def _check_lines(text: str) -> None:
    """Count cells: pandas fills a line cut short with NaN, which would read as a target never reached."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next((row for row in rows if row), [])
    if len(header) == 1 and (separator := next((s for s in ";\t|" if s in header[0]), None)):
        raise TraceError(f"its columns are separated by {separator!r}; a CSV file has commas")
    if repeated := sorted({name for name in header if header.count(name) > 1}):
        raise TraceError(f"several columns are called {listed(map(repr, repeated))}; keep one of each")
    if ragged := [rows.line_num for row in rows if row and len(row) != len(header)]:
        raise TraceError(
            f"line {listed(ragged)}: more or fewer cells than the {len(header)} of the header; "
            "the file is truncated, or has a comma too many or too few"
        )


def _read_parquet(path: Path, max_bytes: int) -> pd.DataFrame:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        groups = [file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups)]
        unpacked = max(sum(groups), file.metadata.num_rows * file.metadata.num_columns)  # a cell takes a byte or more
        if unpacked > max_bytes:
            raise _too_large("unpacked, it", unpacked, max_bytes)
        table = file.read()
    if repeated := sorted({name for name in table.column_names if table.column_names.count(name) > 1}):
        raise TraceError(f"several columns are called {listed(map(repr, repeated))}; keep one of each")
    # What pandas noted about an index is left out: the rows are numbered anew, as those of a CSV file are.
    index = [name for name in table.column_names if name.startswith("__index_level_")]
    df: pd.DataFrame = table.drop_columns(index).to_pandas(ignore_metadata=True)
    return df
