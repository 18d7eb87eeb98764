"""One column of a table from columns that cells had under one name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.explore.shards.values import Column

__all__ = ["unified"]


def unified(columns: Sequence[Column], arrays: Sequence[pa.Array], rows: int) -> Any:
    """Make a column for pandas.

    Parameters
    ----------
    columns
        What the cells have under the name, in order of appearance.
    arrays
        For each of their types but null, the values; null where a row has another type.
    rows
        How many rows there are.

    Returns
    -------
    array
        numpy's where no value is missing or the column holds floats, otherwise one of pandas' own.
    """
    if not arrays:
        return np.full(rows, None, dtype=object)
    if len(arrays) == 1:
        categories = _categories(columns)
        return _alone(arrays[0]) if categories is None else _categorical(arrays[0], *categories)
    if all(pa.types.is_integer(array.type) or pa.types.is_floating(array.type) for array in arrays):
        floats = any(pa.types.is_floating(array.type) for array in arrays)
        try:
            return _alone(_first_given([array.cast(pa.float64() if floats else pa.int64()) for array in arrays]))
        except pa.ArrowInvalid:  # a number that the common type does not hold exactly
            pass
    return _objects(arrays, rows)


def _first_given(arrays: Sequence[pa.Array]) -> pa.Array:
    import pyarrow.compute as pc

    return pc.coalesce(*arrays)


def _alone(array: pa.Array) -> Any:
    """Convert values of one type, to the bit."""
    kind = array.type
    if pa.types.is_floating(kind) or not array.null_count:
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return array.to_numpy(zero_copy_only=False, writable=True)
        return array.to_pandas()
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        import pandas as pd

        name = "boolean" if pa.types.is_boolean(kind) else str(kind).replace("uint", "UInt").replace("int", "Int")
        dtype: Any = pd.api.types.pandas_dtype(name)
        return dtype.__from_arrow__(array)
    return array.to_pandas()


def _categories(columns: Sequence[Column]) -> tuple[list[Any], bool] | None:
    """Find the categories that hold for all cells: one order, or all that any has if there is no order."""
    told = [column.categories for column in columns if not pa.types.is_null(column.type)]
    if any(text is None for text in told):
        return None
    said = [json.loads(text) for text in dict.fromkeys(told) if text is not None]
    if len(said) == 1:
        return said[0]["categories"], said[0]["ordered"]
    if any(one["ordered"] for one in said):
        return None
    return list(dict.fromkeys(category for one in said for category in one["categories"])), False


def _categorical(array: pa.Array, categories: list[Any], ordered: bool) -> Any:
    import pandas as pd

    kind = pd.Index(pa.array(categories, array.type).to_pandas())
    return pd.Categorical(array.to_pandas(), categories=kind, ordered=ordered)


def _objects(arrays: Sequence[pa.Array], rows: int) -> Any:
    made = np.full(rows, None, dtype=object)
    for array in arrays:
        given = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
        for at, value in zip(given.tolist(), array.take(pa.array(given)).to_pylist(), strict=True):
            made[at] = value
    return made
