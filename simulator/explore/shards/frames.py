"""A DataFrame that a cell returned, as columns with the types that it has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from simulator.explore.shards.values import Column, Columns, check_name, columns_of_row, columns_of_rows, refused

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["columns_of"]


def columns_of(result: Any) -> Columns:
    """Turn what a cell returned into columns.

    Parameters
    ----------
    result
        A mapping: one row. Several of them, or a DataFrame: as many rows. None: no row. The index of a DataFrame is
        kept, as columns, if it has names.

    Returns
    -------
    Columns
        With types that depend on the result alone.

    Raises
    ------
    LedgerError
        If it cannot be stored; the message says what of it and why.
    """
    if result is None:
        return Columns((), [], 0)
    if isinstance(result, Mapping):
        return columns_of_row(result)
    if isinstance(result, Sequence) and not isinstance(result, str | bytes):
        if other := [row for row in result if not isinstance(row, Mapping)]:
            raise refused(f"one of its rows is a {type(other[0]).__name__}; each is to be a mapping of names to values")
        return columns_of_rows(result)
    import pandas as pd

    if isinstance(result, pd.DataFrame):
        return _of_frame(result)
    raise refused(f"a {type(result).__name__} is none of a mapping, a list of mappings, a DataFrame, and None")


def _of_frame(df: pd.DataFrame) -> Columns:
    if any(name is not None for name in df.index.names):
        if taken := [name for name in df.index.names if name in df.columns]:
            raise refused(f"{taken[0]!r} is a column and a name of the index; rename one of them")
        df = df.reset_index()
    if not df.columns.is_unique:
        raise refused(f"two columns are called {df.columns[df.columns.duplicated()][0]!r}; keep one of them")
    columns, values = [], []
    for name, series in df.items():
        check_name(name)
        column, array = _of_series(str(name), series)
        columns.append(column)
        values.append(array)
    return Columns(tuple(columns), values, len(df))


def _of_series(name: str, series: pd.Series[Any]) -> tuple[Column, pa.Array]:
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        return _of_categories(name, series)
    array = _array(name, series)
    if pa.types.is_large_string(array.type):
        array = array.cast(pa.string())
    if not _storable(array.type):
        raise refused(
            f"column {name!r} is of type {array.type}; a DataFrame may hold numbers, text, bools, times and categories"
        )
    return Column(name, array.type), array


def _array(name: str, series: pd.Series[Any]) -> pa.Array:
    """Convert a column; NaN stays a number where the column holds numbers, bit for bit."""
    import numpy as np

    try:
        if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
            array = pa.array(series.to_numpy(), from_pandas=False)
        else:
            array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as cause:
        raise refused(f"column {name!r} of type {series.dtype}: {'; '.join(map(str, cause.args))}") from cause
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _storable(kind: pa.DataType) -> bool:
    of = pa.types
    return bool(
        of.is_boolean(kind)
        or of.is_integer(kind)
        or of.is_floating(kind)
        or of.is_string(kind)
        or of.is_timestamp(kind)
        or of.is_duration(kind)
        or of.is_null(kind)
    )


def _of_categories(name: str, series: pd.Series[Any]) -> tuple[Column, pa.Array]:
    """Keep the values as they are, and the categories with their order beside the column's name."""
    dtype: Any = series.dtype
    categories = dtype.categories.tolist()
    if not all(type(category) in (str, int, float, bool) for category in categories):
        raise refused(f"column {name!r} has categories of type {dtype.categories.dtype}; use text or numbers")
    values = pa.array(dtype.categories, from_pandas=False) if categories else pa.array([], pa.string())
    codes = series.cat.codes.to_numpy()
    array = values.take(pa.array(codes, mask=codes < 0))
    if pa.types.is_large_string(array.type):
        array = array.cast(pa.string())
    return Column(name, array.type, json.dumps({"categories": categories, "ordered": bool(dtype.ordered)})), array
