"""How far a curve is trusted beyond what it was fitted on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.errors import TraceError
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.trace.model.machine import MachineCurve

__all__ = ["FAR", "check_limits", "warn_of_sizes"]

_logger = logging.getLogger(__name__)

#: Batch sizes more than so many times beyond those recorded are warned about. Within it, leaving out the first and the
#: last recorded size puts epochs off by a factor of 1.3 (`EpochCurve`).
FAR = 4


def warn_of_sizes(name: str, recorded: Sequence[int], asked: Sequence[int]) -> None:
    """Log batch sizes that are far beyond those recorded.

    Parameters
    ----------
    name
        Whose curve it is.
    recorded, asked
        Batch sizes [samples], ascending.
    """
    far = [size for size in asked if not recorded[0] / FAR <= size <= recorded[-1] * FAR]
    if far:
        _logger.warning(
            "%s: batch size %s is far beyond those recorded, %d to %d: a guess, which may not fit the GPU's memory",
            name,
            listed(far),
            recorded[0],
            recorded[-1],
        )


def check_limits(name: str, machine: MachineCurve, asked: Sequence[int]) -> None:
    """Refuse power limits that the GPU cannot be held to, and log others that were not recorded in between.

    Parameters
    ----------
    name
        Whose curve it is.
    machine
        The curve.
    asked
        Limits [W], ascending.

    Raises
    ------
    TraceError
        If a limit is below both the lowest draw that the busy GPU was held to and the lowest limit recorded.
    """
    first, last = machine.power_limits[0], machine.power_limits[-1]
    lowest = min(first, machine.floor_w)
    if low := [limit for limit in asked if limit < lowest]:
        raise TraceError(
            f"{name}: power limit {listed(low)} W is below {lowest:g} W, the lowest that the GPU can be held to; "
            f"recorded limits are {first} to {last} W"
        )
    if outside := [limit for limit in asked if not first <= limit <= last]:
        _logger.warning(
            "%s: power limit %s W is outside those recorded, %d to %d W: the GPU may not take it",
            name,
            listed(outside),
            first,
            last,
        )
