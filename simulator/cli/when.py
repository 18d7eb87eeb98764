"""When something starts, as a user writes it."""

from __future__ import annotations

import re
from datetime import datetime

import click

__all__ = ["clock", "moment"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_DAY_S = 86400


def moment(text: str) -> datetime | float:
    """Read a weekday and a time of day, ``Mon 08:00``, or a date and time, ``2026-01-05T08:00``.

    Returns
    -------
    datetime.datetime or float
        The date and time; or seconds from Monday 0:00 [s].

    Raises
    ------
    click.BadParameter
        If it is neither.
    """
    if match := re.fullmatch(r"([a-z]{3})[a-z]*\s+(\d{1,2}):(\d{2})", text.strip(), flags=re.IGNORECASE):
        day, hour, minute = match[1].capitalize(), int(match[2]), int(match[3])
        if day in _DAYS and hour < 24 and minute < 60:
            return float(_DAYS.index(day) * _DAY_S + hour * 3600 + minute * 60)
    else:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise click.BadParameter(f"{text!r} is no time; write 'Mon 08:00' or 2026-01-05T08:00")


def clock(seconds: float) -> str:
    """Write seconds from Monday 0:00 as a weekday and a time of day.

    Examples
    --------
    >>> clock(8 * 3600.0), clock(-60.0)
    ('Mon 08:00', 'Sun 23:59')
    """
    day, within = divmod(int(seconds) % (7 * _DAY_S), _DAY_S)
    return f"{_DAYS[day]} {within // 3600:02}:{within % 3600 // 60:02}"
