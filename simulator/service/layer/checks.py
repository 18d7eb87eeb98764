"""Values on their way into the database: what no column holds is refused here, by name."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from simulator.check import real_number, whole_number
from simulator.errors import BadValueError
from simulator.service.model.spec import LARGEST

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "LARGEST",
    "findable",
    "page_length",
    "plain_text",
    "searchable",
    "stored_moment",
    "stored_real",
    "stored_text",
    "stored_whole",
]


def findable(text: str) -> bool:
    r"""Whether a database could hold this text: PostgreSQL refuses even to look for other text.

    Examples
    --------
    >>> findable("resnet"), findable("nul \x00"), findable("half a pair \ud800")
    (True, False, False)
    """
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))


def plain_text(name: str, plain: Any) -> str:
    """Write plain data as JSON.

    Raises
    ------
    BadValueError
        If it is none: not-a-number and infinities are no part of JSON.
    """
    try:
        return json.dumps(plain, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise BadValueError(f"{name} is no plain data: {error}") from error


def searchable(job_id: str) -> str:
    """Turn a name that no job can have into the empty one, which no job has."""
    return job_id if findable(job_id) else ""


def page_length(limit: Any) -> int:
    """Take how many rows are asked for.

    Raises
    ------
    BadValueError
        If it is not a whole number above 0.
    """
    return min(stored_whole("limit", limit, least=1, most=None), LARGEST)


def stored_text(name: str, text: str, *, most: int | None = None) -> str:
    """Take a text that every database stores, and fits its column.

    Raises
    ------
    BadValueError
        If it is none, or too long.
    """
    if most is not None and len(text) > most:
        raise BadValueError(f"{name} has {len(text)} letters; it has at most {most}")
    if not findable(text):
        raise BadValueError(f"{name} is {text!r}; the character NUL and lone surrogates cannot be stored")
    return text


def stored_whole(name: str, value: Any, *, least: int, most: int | None = LARGEST) -> int:
    """Take a whole number that fits its column.

    Raises
    ------
    BadValueError
        If it is none, too small or too large.
    """
    whole = whole_number(name, value, error=BadValueError, least=least)
    if most is not None and whole > most:
        raise BadValueError(f"{name} is {whole}; it is at most {most}")
    return whole


def stored_real(name: str, value: Any, *, least: float = -math.inf) -> float:
    """Take a finite number.

    Raises
    ------
    BadValueError
        If it is none, or too small.
    """
    real = real_number(name, value, error=BadValueError)
    if not math.isfinite(real) or real < least:
        raise BadValueError(
            f"{name} is {real}; it is a finite number" + ("" if least == -math.inf else f", at least {least:g}")
        )
    return real


def stored_moment(name: str, moment: datetime) -> datetime:
    """Take a moment with a time zone.

    Raises
    ------
    BadValueError
        If nobody could say when that was.
    """
    if moment.tzinfo is None:
        raise BadValueError(f"{name} is {moment.isoformat()} without a time zone; give an aware datetime")
    return moment
