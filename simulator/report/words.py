"""Numbers and lists as they stand on the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.compare.units import Unit

__all__ = ["NONE", "amount", "change", "counted", "energy", "interval", "listed", "number", "sentence_case", "time"]

#: Stands for a number that there is none of.
NONE = "–"

#: Below this [%], a decimal is worth showing.
_SMALL = 9.95


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many digits, and groups of three.

    Examples
    --------
    >>> number(1234567.0), number(0.012345), number(-3.0), number(float("nan")), number(float("inf"))
    ('1,230,000', '0.0123', '−3', '–', '∞')
    """
    if math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = float(f"{value:.{digits}g}")
    text = f"{rounded:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:.{digits}g}"
    return text.replace("-", "−")


def change(percent: float) -> str:
    """Write a change [%] with one decimal and its sign.

    Examples
    --------
    >>> change(-12.34), change(0.0004), change(float("nan"))
    ('−12.3 %', '0.0 %', '–')
    """
    if math.isnan(percent):
        return NONE
    rounded = round(percent, 1) + 0.0
    return f"{rounded:+.1f} %".replace("-", "−") if rounded else "0.0 %"


def amount(percent: float, low: float = float("nan"), high: float = float("nan")) -> str:
    """Say how much less or more, with the interval.

    Examples
    --------
    >>> amount(-34.2, -39.0, -29.1), amount(4.25), amount(-12.0, -25.0, 3.0)
    ('34\N{NO-BREAK SPACE}% [29, 39] less', '4.2\N{NO-BREAK SPACE}% more', '12\N{NO-BREAK SPACE}% [−3.0, 25] less')
    """
    sign, word = (-1, "less") if percent < 0 else (1, "more")
    ends = "" if low != low else " [{}, {}]".format(*(_short(end) for end in sorted((sign * low, sign * high))))
    return f"{_short(abs(percent))}\N{NO-BREAK SPACE}%{ends} {word}"


def _short(percent: float) -> str:
    decimals = 1 if abs(percent) < _SMALL else 0
    return f"{round(percent, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def interval(low: float, high: float) -> str:
    """Write an interval of changes [%]; nothing if there is none.

    Examples
    --------
    >>> interval(-14.0, -10.06), interval(float("nan"), 1.0)
    ('[−14.0, −10.1]', '')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    ends = (f"{round(end, 1) + 0.0:.1f}" for end in (low, high))
    return f"[{', '.join(ends)}]".replace("-", "−")


def energy(energy_j: float) -> str:
    """Write an energy [J] in a unit that suits it.

    Examples
    --------
    >>> energy(2.5e6)
    '2.5\N{NO-BREAK SPACE}MJ'
    """
    return _in_unit(energy_j, energy_unit)


def time(time_s: float) -> str:
    """Write a time [s] in a unit that suits it."""
    return _in_unit(time_s, time_unit)


def counted(n: int, noun: str, plural: str = "") -> str:
    """Count things.

    Examples
    --------
    >>> counted(1, "job"), counted(2, "policy", "policies")
    ('1 job', '2 policies')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], most: int = 4) -> str:
    """List the first few words, and count the rest.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(list("abcdef"), most=2)
    ('a, b and c', 'a, b and 4 more')
    """
    first = list(words[:most])
    if len(words) > most:
        first.append(f"{len(words) - most} more")
    return " and ".join([*([", ".join(first[:-1])] if len(first) > 1 else []), *first[-1:]])


def sentence_case(text: str) -> str:
    """Begin with a capital letter, and leave the rest.

    Examples
    --------
    >>> sentence_case("intervals of GPUs")
    'Intervals of GPUs'
    """
    return text[:1].upper() + text[1:]


def _in_unit(amount: float, choose: Callable[[float], Unit]) -> str:
    if math.isnan(amount):
        return NONE
    unit = choose(abs(amount))
    return f"{number(amount / unit.size)}\N{NO-BREAK SPACE}{unit.symbol}"
