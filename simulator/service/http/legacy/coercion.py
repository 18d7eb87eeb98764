"""What the published server takes for a number or a text: it reads values as generously as pydantic 1 does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Strict

from simulator.service.model.spec import LARGEST

__all__ = ["TEXT", "WHOLE", "Count"]


def as_whole(value: Any) -> Any:
    """Cut a number off behind the point, and read one from text; leave all else to be refused.

    Examples
    --------
    >>> as_whole(32.9), as_whole("32"), as_whole(True), as_whole("32.9")
    (32, 32, 1, '32.9')
    """
    try:
        return int(value) if isinstance(value, str | float | bool) else value
    except (ValueError, OverflowError):
        return value


def as_text(value: Any) -> Any:
    """Write a number as text; leave all else to be refused.

    Examples
    --------
    >>> as_text(7), as_text(7.5), as_text(True), as_text(None)
    ('7', '7.5', 'True', None)
    """
    return str(value) if isinstance(value, int | float) and abs(value) < 1e300 else value


#: They come last, so that the constraints are those of what was read, and stand in the schema.
WHOLE, TEXT = BeforeValidator(as_whole), BeforeValidator(as_text)

Count = Annotated[int, Strict(), Field(gt=0, le=LARGEST), WHOLE]
