"""Units that suit the size of what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Unit", "energy_unit", "time_unit"]


class Unit(NamedTuple):
    """A unit that suits the size of what is shown.

    Parameters
    ----------
    symbol
        Its symbol.
    size
        How many J or s it is.
    """

    symbol: str
    size: float


_ENERGY = (Unit("GJ", 1e9), Unit("MJ", 1e6), Unit("kJ", 1e3), Unit("J", 1.0))
_TIME = (Unit("d", 86400.0), Unit("h", 3600.0), Unit("min", 60.0), Unit("s", 1.0))


def energy_unit(energy_j: float) -> Unit:
    """Choose J, kJ, MJ or GJ for amounts about as large as this [J].

    Examples
    --------
    >>> energy_unit(2.5e6)
    Unit(symbol='MJ', size=1000000.0)
    """
    return _suited(_ENERGY, energy_j, least=1.0)


def time_unit(time_s: float) -> Unit:
    """Choose s, min, h or d for times about as long as this [s]."""
    return _suited(_TIME, time_s, least=2.0)


def _suited(units: Sequence[Unit], amount: float, *, least: float) -> Unit:
    return next((unit for unit in units if amount >= least * unit.size), units[-1])
