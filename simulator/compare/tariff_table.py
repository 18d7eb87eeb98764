"""Tariffs from tables: a CSV file of steps, or a DataFrame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from simulator.compare.tariff import MEASURES, Tariff
from simulator.errors import ReplayError
from simulator.trace.files import read_table

if TYPE_CHECKING:
    from simulator.trace.files.read import Source

__all__ = ["read_tariff"]

_COLUMNS = ("hour", "weekday", *MEASURES.values())


def read_tariff(source: Source, *, name: str | None = None, synthetic: bool = False) -> Tariff:
    """Read a tariff, one row a step.

    Parameters
    ----------
    source
        A file that ends in .csv (also .csv.gz and so on) or .parquet, or a DataFrame, with the columns ``hour`` (when
        the step begins, 0 to below 24), either ``price_per_kwh`` or ``carbon_g_per_kwh``, and, if days differ,
        ``weekday`` (0 is Monday). The order of rows does not matter.
    name
        What it is called. Default: the file's name.
    synthetic
        Whether its values are made up.

    Returns
    -------
    Tariff
        The tariff.

    Raises
    ------
    TraceError
        If the file cannot be read.
    ReplayError
        If it holds no tariff; see `simulator.compare.tariff.Tariff`.

    Examples
    --------
    >>> read_tariff(pd.DataFrame({"hour": [0, 8], "carbon_g_per_kwh": [400, 250]})).measure
    'carbon_g'
    """
    table = read_table(source)
    if name is None:
        name = "table" if isinstance(source, pd.DataFrame) else Path(source).name
    measured = [measure for measure, column in MEASURES.items() if column in table.columns]
    unknown = [str(column) for column in table.columns if column not in _COLUMNS]
    if "hour" not in table.columns or len(measured) != 1 or unknown:
        raise ReplayError(
            f"tariff {name!r} has columns {', '.join(map(str, table.columns))}; it takes hour, one of "
            f"{' and '.join(MEASURES.values())}, and weekday if days differ, and no others"
        )
    measure: Literal["price", "carbon_g"] = "price" if measured == ["price"] else "carbon_g"
    return Tariff(
        hours=_column(table, "hour"),
        per_kwh=_column(table, MEASURES[measure]),
        weekdays=_column(table, "weekday") if "weekday" in table.columns else None,
        measure=measure,
        name=name,
        synthetic=synthetic,
    )


def _column(table: pd.DataFrame, name: str) -> tuple[Any, ...]:
    """Get the numbers of a column as Python's own; text is left for the tariff to refuse by name."""
    return tuple(table[name].tolist())
