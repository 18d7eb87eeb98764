"""Numbers as they stand in tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.compare.units import Unit

__all__ = ["NONE", "change", "energy", "number", "time"]

#: Stands for a number that there is none of.
NONE = "–"

#: Changes below this [%] are written with a decimal.
_SMALL = 9.95


def number(value: float) -> str:
    """Write a number with three digits."""
    return NONE if value != value else f"{value:.3g}"


def change(percent: float) -> str:
    """Write a change [%], with a decimal where it is small."""
    if percent != percent:
        return NONE
    decimals = 1 if abs(percent) < _SMALL else 0
    return f"{round(percent, decimals) + 0.0:+.{decimals}f}%"


def energy(energy_j: float) -> str:
    """Write an energy [J] in a unit of its own, for columns of amounts far apart."""
    return _in_unit(energy_j, energy_unit)


def time(time_s: float) -> str:
    """Write a time [s] in a unit of its own."""
    return _in_unit(time_s, time_unit)


def _in_unit(amount: float, choose: Callable[[float], Unit]) -> str:
    if amount != amount:
        return NONE
    unit = choose(amount)
    return f"{number(amount / unit.size)}\N{NO-BREAK SPACE}{unit.symbol}"
