"""Load tables together with everything that is wrong with them: the file, the cells, or that they do not go together.

Who wants to know looks at the reports (`simulator trace validate`); who only reads settles them (`read_traces`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.errors import TraceError
from simulator.trace.files import MAX_BYTES, read_with_doubts
from simulator.trace.metadata import gpus_summed
from simulator.trace.schema import GROUPS, METRICS, POWER, TRAIN
from simulator.trace.validate import (
    Report,
    validate_groups,
    validate_metrics,
    validate_power,
    validate_traces,
    validate_train,
)
from simulator.trace.validate.columns import flags, numbers
from simulator.trace.validate.report import error, warning

if TYPE_CHECKING:
    from simulator.trace.files.read import Source
    from simulator.trace.schema import Column, TableSchema

__all__ = ["check", "load", "load_pair", "typed"]

_VALIDATED = {
    TRAIN.name: validate_train,
    GROUPS.name: validate_groups,
    METRICS.name: validate_metrics,
}


def load(source: Source, schema: TableSchema, *, max_bytes: int = MAX_BYTES) -> tuple[pd.DataFrame, Report]:
    """Load one table; a file that is no table is a problem like any other.

    Parameters
    ----------
    source
        A file or a DataFrame; see `simulator.trace.files.read_table`.
    schema
        What the table should be.
    max_bytes
        Refuse a file that holds more than this [bytes].

    Returns
    -------
    table : pandas.DataFrame
        The table as it stands there; without a column if the file cannot be read.
    report : Report
        All that is wrong with it.
    """
    try:
        return check(source, schema, max_bytes=max_bytes)
    except TraceError as refused:
        return pd.DataFrame(), Report((error(schema.name, "", str(refused)),))


def check(source: Source, schema: TableSchema, *, max_bytes: int = MAX_BYTES) -> tuple[pd.DataFrame, Report]:
    """Load one table as `load` does, but raise `TraceError` if the file cannot be read."""
    table, doubts = read_with_doubts(source, max_bytes=max_bytes)
    doubted = Report(tuple(warning(schema.name, "", doubt) for doubt in doubts))
    if schema is POWER:
        num_gpus = 1 if isinstance(source, pd.DataFrame) else gpus_summed(Path(source))
        return table, doubted + validate_power(table, num_gpus=num_gpus)
    return table, doubted + _VALIDATED[schema.name](table)


def load_pair(
    train: Source, power: Source, *, max_bytes: int = MAX_BYTES
) -> tuple[tuple[pd.DataFrame, Report], tuple[pd.DataFrame, Report]]:
    """Load a train trace and a power trace as `load` does; the latter's report says how they go together, too."""
    of_train, of_power = load(train, TRAIN, max_bytes=max_bytes), load(power, POWER, max_bytes=max_bytes)
    return of_train, (of_power[0], of_power[1] + validate_traces(of_train[0], of_power[0]))


def typed(df: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    """Give valid cells one type per column, whichever format they came from; no value changes."""
    return df.assign(**{column.name: _cells(df[column.name], column) for column in schema.columns if column.name in df})


def _cells(cells: pd.Series, column: Column) -> pd.Series:
    if pa.types.is_boolean(column.type):
        return pd.Series(flags(cells), index=cells.index)
    text = pd.api.types.is_string_dtype(cells.dtype)
    if pa.types.is_string(column.type):
        return cells.astype(str) if isinstance(cells.dtype, pd.CategoricalDtype) else cells
    if text and column.numeric_text:
        return cells
    whole = pa.types.is_integer(column.type) and not column.nullable
    return pd.Series(numbers(cells), index=cells.index).astype(np.int64 if whole else np.float64)
