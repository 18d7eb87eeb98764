"""Check a table against its schema, cell by cell: presence, types, emptiness, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.errors import nearest
from simulator.trace.validate.report import error, listed, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simulator.trace.schema import Column, TableSchema
    from simulator.trace.validate.report import Problem

__all__ = ["check_columns", "coerced", "flags", "numbers"]

#: Above this a float64 no longer tells whole numbers apart.
LARGEST_WHOLE = 2**53


def check_columns(df: pd.DataFrame, schema: TableSchema) -> Iterator[Problem]:
    """Compare a table with its schema.

    Parameters
    ----------
    df
        The table.
    schema
        What it should be.

    Yields
    ------
    Problem
        Whatever is wrong with single columns.
    """
    names = [str(name) for name in df.columns]
    known = {column.name for column in schema.columns}
    spare = [name for name in names if name not in known]
    for name in sorted({name for name in names if names.count(name) > 1} & known):
        yield error(schema.name, name, f"{names.count(name)} columns have this name; keep one")
    exist = f"; the table has {listed(names, shown=20)}"
    for column in schema.columns:
        hint = nearest(column.name, spare)
        if column.name in names:
            if names.count(column.name) == 1:
                yield from _check_cells(df[column.name], column, schema.name)
        elif column.required:
            yield error(schema.name, column.name, f"no such column{hint}{exist}")
            exist = ""  # once is enough
        elif hint:
            yield warning(schema.name, column.name, f"no such column (it is optional){hint}")
    if df.empty:
        yield error(schema.name, "", "the table has no rows")


def coerced(df: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    """Copy what is usable: finite numbers as float64, text as it is, flags, whatever is none as a missing value.

    Checks over several columns run on this, so that one bad cell does not hide what else is wrong.

    Parameters
    ----------
    df
        The table, in whatever state.
    schema
        What it should be.

    Returns
    -------
    pandas.DataFrame
        The columns of the schema that exist exactly once, with rows numbered from 0.
    """
    names = list(df.columns)
    usable = [column for column in schema.columns if names.count(column.name) == 1]
    return pd.DataFrame(
        {column.name: _usable(df[column.name], column) for column in usable},
        index=range(len(df)),
    )


def flags(series: pd.Series) -> NDArray[np.bool_]:
    """Read a column of true and false; a cell that is empty, or neither, counts as false."""
    return np.array([isinstance(cell, bool | np.bool_) and bool(cell) for cell in series], dtype=bool)


def numbers(series: pd.Series) -> NDArray[np.float64]:
    """Read a column as float64; NaN where a cell is empty or no number.

    Text is read as a number where it is one. Bools are no numbers here.
    """
    if series.dtype.kind in "iuf":
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([_number(cell) for cell in series], dtype=np.float64)


def _usable(series: pd.Series, column: Column) -> pd.Series | NDArray[np.generic]:
    if pa.types.is_string(column.type):
        return _texts(series)
    return flags(series) if pa.types.is_boolean(column.type) else _finite(series)


def _finite(series: pd.Series) -> NDArray[np.float64]:
    values = numbers(series)
    return np.where(np.isfinite(values), values, np.nan)


def _number(cell: object) -> float:
    try:
        return np.nan if isinstance(cell, bool | np.bool_) else float(cell)  # type: ignore[arg-type]  # that is the question
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _texts(series: pd.Series) -> pd.Series:
    if isinstance(series.dtype, pd.StringDtype):  # nothing but text: a cluster's year has a billion of them
        texts = series.astype(object).reset_index(drop=True)
        return texts.where(texts.notna(), None)
    cells = [cell if isinstance(cell, str) else None for cell in series]
    return pd.Series(cells, dtype=object)


def _check_cells(series: pd.Series, column: Column, table: str) -> Iterator[Problem]:
    empty = series.isna().to_numpy(dtype=bool)
    if empty.any() and not column.nullable:
        named = pa.types.is_string(column.type)
        hint = "; names such as NA and null are read as empty, too: choose others" if named else ""
        yield error(table, column.name, f"empty (NaN){hint}", rows=empty)
    if pa.types.is_string(column.type):
        yield from _check_text(series, empty, column, table)
    elif pa.types.is_boolean(column.type):
        wrong = ~empty & np.array([not isinstance(cell, bool | np.bool_) for cell in series], dtype=bool)
        if wrong.any():
            yield error(table, column.name, f"{_example(series, wrong)} where true or false is expected", rows=wrong)
    else:
        yield from _check_numbers(series, empty, column, table)


def _check_text(series: pd.Series, empty: NDArray[np.bool_], column: Column, table: str) -> Iterator[Problem]:
    texts = _texts(series)
    wrong = ~empty & texts.isna().to_numpy(dtype=bool)
    if column.numbered and wrong.any():
        wrong &= np.isnan(numbers(series))
    if wrong.any():
        yield error(table, column.name, f"{_example(series, wrong)} where text is expected", rows=wrong)
    strip = {text for text in texts.unique() if isinstance(text, str) and text != text.strip()}
    padded = texts.isin(strip).to_numpy(dtype=bool)
    if padded.any():
        message = f"{_example(series, padded)} has spaces around it, and so will match nothing without them"
        yield warning(table, column.name, message, rows=padded)


def _check_numbers(series: pd.Series, empty: NDArray[np.bool_], column: Column, table: str) -> Iterator[Problem]:
    values = numbers(series)
    unit = f" [{column.unit}]" if column.unit else ""
    strange = ~empty & np.isnan(values)
    infinite = np.isinf(values)
    known = ~empty & ~strange & ~infinite
    broken, low = np.zeros_like(known), np.zeros_like(known)
    if pa.types.is_integer(column.type):
        broken = known & ((values != np.floor(values)) | (np.abs(values) > LARGEST_WHOLE))
    if column.positive:
        low = known & (values <= 0)
    text = known & (series.dtype.kind not in "iuf")
    text[text] = [isinstance(cell, str) for cell in series[text]]
    if column.numeric_text or strange.any():  # one stray word turns a whole CSV column into text: name the word
        text[:] = False
    for rows, what in (
        (strange, f"where a number{unit} is expected"),
        (text, f"is text, where a number{unit} is expected; convert it with pandas.to_numeric"),
        (infinite, f"where a finite number{unit} is expected"),
        (broken, f"where a whole number{unit} is expected"),
        (low, f"where a number{unit} above 0 is expected"),
    ):
        if rows.any():
            yield error(table, column.name, f"{_example(series, rows)} {what}", rows=rows)


def _example(series: pd.Series, rows: NDArray[np.bool_]) -> str:
    cell = series.iloc[int(np.flatnonzero(rows)[0])]
    return repr(cell.item() if isinstance(cell, np.generic) else cell)
