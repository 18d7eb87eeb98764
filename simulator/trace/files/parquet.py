"""Parquet files of others and ours, checked page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import TraceError
from simulator.trace.files.packing import too_large
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["read_parquet", "write_parquet"]


def read_parquet(path: Path, max_bytes: int) -> pd.DataFrame:
    """Read a Parquet file; what pandas noted about an index is left out.

    Pages are covered by checksums, where the writer made them; the footer is not, so that its counts are compared.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Refuse a file that unpacks to more than this [bytes].

    Returns
    -------
    pandas.DataFrame
        The table, with rows numbered from 0.

    Raises
    ------
    TraceError
        If it is too large, contradicts itself, or two columns have one name; pyarrow's own errors if it is damaged.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        footer = file.metadata
        groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
        _check_counts(footer, groups)
        # A cell takes a byte or more.
        unpacked = max(sum(group.total_byte_size for group in groups), footer.num_rows * footer.num_columns)
        if unpacked > max_bytes:
            raise too_large("unpacked, it", unpacked, max_bytes)
        table = file.read()
    if table.num_rows != footer.num_rows:
        raise _contradicts(footer.num_rows, table.num_rows)
    if repeated := sorted({name for name in table.column_names if table.column_names.count(name) > 1}):
        raise TraceError(f"several columns are called {listed(map(repr, repeated))}; keep one of each")
    # The rows are numbered anew, as those of a CSV file are.
    index = [name for name in table.column_names if name.startswith("__index_level_")]
    df: pd.DataFrame = table.drop_columns(index).to_pandas(ignore_metadata=True)
    return df


def write_parquet(df: pd.DataFrame, path: Path) -> None:
    """Write a table without its index; equal tables give equal bytes.

    Raises
    ------
    TraceError
        If a column holds cells of types that do not go together.
    """
    try:
        table = pa.Table.from_pandas(df, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as cause:
        what = "; ".join(map(str, cause.args))
        raise TraceError(f"{path.name}: a column holds what Parquet cannot: {what}") from cause
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def _check_counts(footer: pq.FileMetaData, groups: list[pq.RowGroupMetaData]) -> None:
    """Compare the footer's number of rows with its row groups', and theirs with their columns'."""
    if (held := sum(group.num_rows for group in groups)) != footer.num_rows:
        raise _contradicts(footer.num_rows, held)
    for group in groups:
        for at in range(group.num_columns):
            held = group.column(at).num_values
            if footer.schema.column(at).max_repetition_level == 0 and held != group.num_rows:
                raise _contradicts(group.num_rows, held)


def _contradicts(said: int, held: int) -> TraceError:
    return TraceError(f"its footer says {said} rows where {held} are stored; the file is damaged, get it again")
