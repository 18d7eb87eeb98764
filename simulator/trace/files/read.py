"""Read tables from files: whole, or not at all."""

from __future__ import annotations

import csv
import logging
import lzma
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from simulator.errors import TraceError, nearest
from simulator.trace.files.csv_text import parse_csv
from simulator.trace.files.packing import suffix_of, too_large, unpack
from simulator.trace.files.parquet import read_parquet

if TYPE_CHECKING:
    Source = str | os.PathLike[str] | pd.DataFrame

__all__ = ["MAX_BYTES", "read_table", "read_with_doubts"]

_logger = logging.getLogger(__name__)

#: Largest table that is read without being asked twice [bytes], unpacked. The published traces have 0.3 MB.
MAX_BYTES = 1 << 30

#: What a damaged file makes the libraries below raise.
DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, csv.Error, pa.ArrowException, MemoryError)


def read_table(source: Source, *, max_bytes: int = MAX_BYTES) -> pd.DataFrame:
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
    table, doubts = read_with_doubts(source, max_bytes=max_bytes)
    for doubt in doubts:
        _logger.warning("%s: %s", source, doubt)
    return table


def read_with_doubts(source: Source, *, max_bytes: int = MAX_BYTES) -> tuple[pd.DataFrame, list[str]]:
    """Read a table as `read_table` does, and hand back in words what may be wrong with its file."""
    if isinstance(source, pd.DataFrame):
        return source, []
    if not isinstance(source, (str, os.PathLike)):
        raise TraceError(f"{source!r} is no table; give a file or a DataFrame")
    path = Path(source)
    suffix = suffix_of(path)
    try:
        _check_file(path, max_bytes)
        if suffix == ".parquet":
            return read_parquet(path, max_bytes), []
        return parse_csv(unpack(path, suffix, max_bytes))
    except TraceError as found:
        raise TraceError(f"{path}: {found}") from found.__cause__
    except PermissionError as cause:
        raise TraceError(f"{path} may not be read; ask its owner for the permission") from cause
    except DAMAGE as cause:
        raise TraceError(f"{path} cannot be read as {suffix}: {_what(cause)}") from cause


def _what(cause: Exception) -> str:
    """Say what the operating system, or a library, found."""
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    what = str(cause).strip() or type(cause).__name__
    return f"{what}; it may be truncated, damaged or of another format"


def _check_file(path: Path, max_bytes: int) -> None:
    if path.is_dir():
        raise TraceError("it is a directory; name a file, or give the directory to read_traces")
    if path.is_symlink() and not path.exists():
        raise TraceError(f"it is a link to {path.readlink()}, which does not exist")
    if not path.exists():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise TraceError(f"there is no file of this name{nearest(path.name, beside)}")
    if not path.is_file():
        raise TraceError("it is a pipe or a device; copy what comes out of it into a file")
    size = path.stat().st_size
    if size == 0:
        raise TraceError("it is empty")
    if size > max_bytes:
        raise too_large("it", size, max_bytes)
