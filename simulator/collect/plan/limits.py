"""Which power limits a plan means on the GPU that is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.collect.plan.tables import Range
from simulator.errors import PlanError

if TYPE_CHECKING:
    from simulator.collect.plan.tables import Grid

__all__ = ["limits_meant"]

_logger = logging.getLogger("simulator.collect")


def limits_meant(
    grid: Grid, *, present_w: int | None, range_w: tuple[int, int] | None, observe: bool, clip: bool
) -> tuple[int | None, ...]:
    """Find the power limits to measure at.

    Parameters
    ----------
    grid
        The plan's grid.
    present_w
        Limit that is set now [W]; None: not known.
    range_w
        Least and most that the GPU takes [W]; None: not known, so that nothing is checked.
    observe
        Whether no limit may be set: the present one is all there is then.
    clip
        Whether limits out of range are moved into it.

    Returns
    -------
    tuple of int or None
        Limits [W], each once, descending. One None: whatever is set.

    Raises
    ------
    PlanError
        If the GPU does not take a limit, or the plan's limits depend on a GPU that is not known.

    Examples
    --------
    >>> from simulator.collect.plan.tables import Grid, Range
    >>> grid = Grid(batch_sizes=(8,), power_limits_w=Range(from_=300, to=200, step=40))
    >>> limits_meant(grid, present_w=300, range_w=(100, 400), observe=False, clip=False)
    (300, 260, 220)
    """
    if observe or grid.power_limits_w is None:
        if isinstance(grid.power_limits_w, tuple) and (dropped := set(grid.power_limits_w) - {present_w}):
            named = ", ".join(map(str, sorted(dropped)))
            _logger.warning("observing at the present limit, %s W: not measured at %s W", present_w, named)
        return (present_w,)
    asked = grid.power_limits_w
    wanted = asked if isinstance(asked, tuple) else _steps(Range() if isinstance(asked, str) else asked, range_w)
    if range_w is not None:
        wanted = _within(wanted, range_w, clip=clip)
    return tuple(sorted(set(wanted), reverse=True))


def _steps(limits: Range, range_w: tuple[int, int] | None) -> tuple[int, ...]:
    if (limits.from_ is None or limits.to is None) and range_w is None:
        raise PlanError(
            "grid.power_limits_w depends on what the GPU takes, which is not known here: list the limits, as in "
            "[300, 250, 200], or say where they start and end: {from = 300, to = 100, step = 25}"
        )
    least, most = range_w or (0, 0)
    start, end = limits.from_ or most, limits.to or least
    way = 1 if end > start else -1
    return tuple(range(start, end + way, way * limits.step))


def _within(wanted: tuple[int, ...], range_w: tuple[int, int], *, clip: bool) -> tuple[int, ...]:
    least, most = range_w
    if outside := [limit for limit in wanted if not least <= limit <= most]:
        if not clip:
            raise PlanError(
                f"grid.power_limits_w has {', '.join(map(str, outside))}, but this GPU takes {least} to {most} W; "
                "change them, or move them into this range with measure.clip = true"
            )
        _logger.warning("limits of %s W are moved into %d to %d W", ", ".join(map(str, outside)), least, most)
    return tuple(min(max(limit, least), most) for limit in wanted)
