"""State of a policy to JSON and back, without loss.

A state is a dataclass of numbers, text, lists, dictionaries with integer keys, other such dataclasses, `History` and
`RandomStream`. Its fields' types say how to read it back. Floats survive to the last bit; infinities and NaN, which
JSON does not have, are written as text.
"""

from __future__ import annotations

import math
import types
from dataclasses import fields, is_dataclass
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from simulator.errors import PolicyError
from simulator.policy.history import History
from simulator.policy.stream import RandomStream

__all__ = ["from_plain", "to_plain"]

#: Types of values that are plain data by themselves.
_PLAIN = frozenset({int, str, bool, type(None)})


def to_plain(value: Any) -> Any:
    """Turn a state into what ``json.dumps(..., allow_nan=False)`` accepts.

    Parameters
    ----------
    value
        A state, or a part of one.

    Returns
    -------
    dict, list, str, int, float, bool or None
        The same, as plain data that shares nothing with it.

    Examples
    --------
    >>> to_plain([1.5, float("inf"), {32: True}])
    [1.5, 'inf', {'32': True}]
    """
    if type(value) in _PLAIN or (type(value) is float and math.isfinite(value)):  # nearly all values are
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, RandomStream):
        return value.to_plain()
    if isinstance(value, History):
        return to_plain(value.to_plain())
    if isinstance(value, dict):
        return {str(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(part) for part in value]
    if isinstance(value, np.generic):  # a job made from rows of a trace
        return to_plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value


def from_plain(kind: Any, plain: Any) -> Any:
    """Read a value of a known type back from plain data.

    Parameters
    ----------
    kind
        The type: a dataclass, ``list[float]``, ``dict[int, int]``, ``X | None`` and so on.
    plain
        What `to_plain` made of the value.

    Returns
    -------
    Any
        The value.

    Raises
    ------
    PolicyError
        If the data is not of that type.

    Examples
    --------
    >>> from_plain(list[float], [1.5, "inf"])
    [1.5, inf]
    """
    try:
        return _read(kind, plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PolicyError(f"stored state does not fit {getattr(kind, '__name__', kind)}: {error!r}") from error


def _read(kind: Any, plain: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if plain is None else _read(next(a for a in arguments if a is not type(None)), plain)
    if kind in (RandomStream, History):
        return kind.from_plain(plain)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        values = {item.name: _read(hints[item.name], plain[item.name]) for item in fields(kind)}
        return cast("Any", kind)(**values)
    if origin is list:
        return [_read(arguments[0], part) for part in plain]
    if origin is tuple:
        return tuple(_read(part_kind, part) for part_kind, part in zip(arguments, plain, strict=True))
    if origin is dict:
        return {_read(arguments[0], key): _read(arguments[1], part) for key, part in plain.items()}
    return kind(plain)
