"""Reading answers: whoever answers may be another service, or a proxy, and nothing of theirs is to reach training."""

from __future__ import annotations

import math
from typing import Any, TypeVar

from simulator.errors import UnreachableError

__all__ = ["at", "optional_number", "whole"]

_Kind = TypeVar("_Kind")


def at(answer: object, name: str, kind: type[_Kind], asked: str = "the service") -> _Kind:
    """Take a field of an answer that must be there and of a kind.

    Parameters
    ----------
    answer
        What was read from JSON.
    name
        The field.
    kind
        What it must be. True and False are no numbers here.
    asked
        Who answered, for the error.

    Returns
    -------
    object
        The field's value.

    Raises
    ------
    UnreachableError
        If the answer is another: then whoever answered is not the service.

    Examples
    --------
    >>> at({"stop": True}, "stop", bool)
    True
    >>> at({"stop": "no"}, "stop", bool, "POST /v1/report")
    Traceback (most recent call last):
    simulator.errors.UnreachableError: POST /v1/report answered in a way that this client does not understand:
    'stop' should be bool, but there is 'no'; is this the address of a `simulator serve` of about this version?
    """
    value: Any = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _misunderstood(asked, f"{name!r} should be {kind.__name__}", answer if value is None else value)
    return value


def whole(answer: object, name: str, asked: str = "the service") -> int:
    """Take a whole number above 0, likewise."""
    number = at(answer, name, int, asked)
    if number <= 0:
        raise _misunderstood(asked, f"{name!r} should be above 0", number)
    return number


def _misunderstood(asked: str, expected: str, found: object) -> UnreachableError:
    return UnreachableError(
        f"{asked} answered in a way that this client does not understand: {expected}, but there is "
        f"{str(found)[:100]!r}; is this the address of a `simulator serve` of about this version?"
    )


def optional_number(answer: object, name: str) -> float | None:
    """Take a finite number, or None if there is none."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value
