"""Numbers that users give: told to be what they should be, or refused by name."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.errors import SimulatorError

__all__ = ["real_number", "whole_number"]


def whole_number(name: str, value: Any, *, error: type[SimulatorError], least: int | None = None) -> int:
    """Take a whole number, numpy's and 3.0 included.

    Parameters
    ----------
    name
        What it is called, for the message.
    value
        What the user gave.
    error
        What to raise if it is none.
    least
        The smallest that makes sense; None is any.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> from simulator.errors import ReplayError
    >>> whole_number("recurrences", 3.0, error=ReplayError, least=1)
    3
    >>> whole_number("recurrences", 2.5, error=ReplayError, least=1)
    Traceback (most recent call last):
    simulator.errors.ReplayError: recurrences is 2.5; it is a whole number, at least 1
    """
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    fits = is_number and value % 1 == 0  # not so for infinity and NaN
    if not fits or (least is not None and value < least):
        raise error(f"{name} is {value!r}; it is a whole number" + ("" if least is None else f", at least {least}"))
    return int(value)


def real_number(name: str, value: Any, *, error: type[SimulatorError]) -> float:
    """Take a number, infinity included; not NaN.

    Parameters
    ----------
    name
        What it is called, for the message.
    value
        What the user gave.
    error
        What to raise if it is none.

    Returns
    -------
    float
        The number.

    Examples
    --------
    >>> from simulator.errors import ReplayError
    >>> real_number("eta", "0.5", error=ReplayError)
    Traceback (most recent call last):
    simulator.errors.ReplayError: eta is '0.5'; it is a number
    """
    if not isinstance(value, numbers.Real) or value != value:
        raise error(f"{name} is {value!r}; it is a number")
    return float(value)
