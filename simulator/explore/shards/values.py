"""The result of a cell as columns with stable types.

What a column's type is depends on the cell alone, never on the cells that happen to share its shard:

======================  ==============================================
values in a column      type
======================  ==============================================
True, False             bool
whole numbers           int64
numbers                 float64, if no whole number is beyond 2**53
text                    string
None alone              null
======================  ==============================================

None, and what a row lacks, is null beside any of these. NaN is a number. Anything else is refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from simulator.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Column", "Columns", "check_name", "columns_of_row", "columns_of_rows", "refused"]

#: Whole numbers up to here are exact as floating-point numbers.
_EXACT = 2**53
#: Whole numbers below this one, and down to its negative, have 64 bits.
_FAR = 2**63
_NULL = pa.null()
_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string(), type(None): _NULL}


class Column(NamedTuple):
    """Name and type of a column; categories if it has any, as text of JSON."""

    name: str
    type: pa.DataType
    categories: str | None = None


class Columns(NamedTuple):
    """The result of one cell: columns, their values (lists or arrays of Arrow), and how many rows they have."""

    columns: tuple[Column, ...]
    values: list[Any]
    rows: int


def columns_of_rows(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Turn rows into columns, in the order in which their names first appear.

    Parameters
    ----------
    rows
        Each a mapping of names to values.

    Returns
    -------
    Columns
        With lists of Python values.

    Raises
    ------
    LedgerError
        If a name or a value cannot be stored; the message says which and why.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    columns, values = [], []
    for name in names:
        check_name(name)
        held = [plain(name, row.get(name)) for row in rows]
        columns.append(Column(name, _type_of(name, held)))
        values.append(held)
    return Columns(tuple(columns), values, len(rows))


def columns_of_row(row: Mapping[str, Any]) -> Columns:
    """Turn one row into columns, as `columns_of_rows` does, at a fraction of its cost if it holds plain values."""
    columns = _plain_columns(tuple(row), tuple(map(type, row.values())))
    if columns is None or any(_looks_odd(value) for value in row.values()):
        return columns_of_rows([row])
    return Columns(columns, [[value] for value in row.values()], 1)


def _looks_odd(value: Any) -> bool:
    """Whether a plain value has to be looked at: a number of more than 64 bits, or text that may be none."""
    kind = type(value)
    return (kind is int and not -_FAR <= value < _FAR) or (kind is str and not value.isascii())


@lru_cache(maxsize=1024)
def _plain_columns(names: tuple[object, ...], types: tuple[type, ...]) -> tuple[Column, ...] | None:
    """Make the columns of a row; None if that takes a closer look."""
    if not all(type(name) is str and name != "cell" and name.isprintable() for name in names):
        return None
    if not all(kind in _TYPES for kind in types):
        return None
    return tuple(Column(str(name), _TYPES[kind]) for name, kind in zip(names, types, strict=True))


def check_name(name: object) -> None:
    """Refuse a name that no column can have."""
    if not isinstance(name, str):
        raise refused(f"a column is called {name!r}, which is no text; name it with a str")
    _check_text(name, name)
    if name == "cell":
        raise refused("a column is called 'cell', as the identifiers of cells are; call it otherwise")


def refused(what: str) -> LedgerError:
    """Say why a result cannot be stored."""
    return LedgerError(f"the result cannot be stored: {what}")


def plain(name: str, value: Any) -> Any:
    """Turn a value into one of the five plain types."""
    if type(value) in _TYPES:
        if type(value) is int and not -_FAR <= value < _FAR:
            raise refused(f"column {name!r} holds {value}, beyond 64 bits; return it as float or as text")
        if type(value) is str and not value.isascii():
            _check_text(name, value)
        return value
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic) and type(value.item()) in _TYPES:
        return plain(name, value.item())
    if isinstance(value, bool | int | float | str):  # of a class of its own, as members of an enumeration
        base = next(base for base in (bool, int, float, str) if isinstance(value, base))
        return plain(name, base.__call__(value) if base is not str else str.__str__(value))
    if value is pd.NA or value is pd.NaT:
        return None
    raise refused(
        f"column {name!r} holds {_shown(value)}; rows may hold numbers, text, True, False and None. Return a DataFrame"
        " for times and categories, and write anything else into the cell's own folder"
    )


def _check_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise refused(f"column {name!r} holds {text!r}, which is no text: {cause.reason}") from cause


def _shown(value: object) -> str:
    text = repr(value)
    return f"a {type(value).__name__}, {text if len(text) <= 60 else f'{text[:59]}…'}"


def _type_of(name: str, held: list[Any]) -> pa.DataType:
    """Find the type that holds all values exactly; whole numbers become floats beside floats."""
    types = {*map(type, held)} - {type(None)}
    if not types:
        return _NULL
    if len(types) == 1:
        return _TYPES[types.pop()]
    if types == {int, float}:
        if far := [value for value in held if type(value) is int and abs(value) > _EXACT]:
            raise refused(f"column {name!r} holds {far[0]} beside floats, which cannot hold it; return one type")
        held[:] = [float(value) if type(value) is int else value for value in held]
        return _TYPES[float]
    raise refused(f"column {name!r} holds values of {_listed(types)}; return one type")


def _listed(types: Iterable[type]) -> str:
    return " and ".join(sorted(kind.__name__ for kind in types))
