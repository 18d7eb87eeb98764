"""Say why a table holds no row of something, and what it holds instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import nearest
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["absences"]


def absences(table: pd.DataFrame, wanted: Mapping[str, str | float]) -> dict[str, str]:
    """Find which of the wanted values a table lacks.

    The table is narrowed by one column after the other. A value that nothing has is noted, and does not narrow, so that
    all misspellings are found at once.

    Parameters
    ----------
    table
        Any table with the wanted columns.
    wanted
        The value wanted in each column, the broadest column first.

    Returns
    -------
    dict
        For each column that lacks its value, the reason with the values that exist; empty if some row has them all.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": ["squad"], "optimizer": ["adamw"]})
    >>> absences(table, {"dataset": "squad", "optimizer": "AdamW"})
    {'optimizer': "no row of squad has 'AdamW'; there is 'adamw'"}
    """
    reasons: dict[str, str] = {}
    found: list[str] = []
    for column, value in wanted.items():
        matching = table.loc[table[column] == value]
        if matching.empty:
            of = f" of {','.join(found)}" if found else ""
            reasons[column] = f"no row{of} has {value!r}; {_existing(table[column], value)}"
        else:
            table = matching
            found.append(str(value))
    return reasons


def _existing(column: pd.Series, value: str | float) -> str:
    values = column.dropna().unique().tolist()
    if not values:
        return "the table has no rows"
    verb = "there is" if len(values) == 1 else "there are"
    if isinstance(value, str):
        hint = nearest(value, [text for text in values if isinstance(text, str)]) if len(values) > 1 else ""
        return f"{verb} {listed(map(repr, values), shown=12)}{hint}"
    closest = min(values, key=lambda number: abs(number - value))
    return f"{verb} {listed(sorted(values), shown=25)}; the nearest is {closest}"
