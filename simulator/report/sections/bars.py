"""Intervals of differences as bars within a table, all on one axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.report.model import Axis, Bar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Scale"]

#: Less and more than this is drawn at the edge [%], so that the others can still be told apart; numbers say how far.
_LEAST, _MOST = -100.0, 150.0

#: Steps of an axis [%]; the first that gives no more ticks than fit.
_STEPS, _MOST_TICKS = (1, 2, 5, 10, 20, 25, 50, 100), 5

#: Room beside the outermost interval, of the whole.
_MARGIN = 0.05


class Scale:
    """Places differences [%] on a scale from 0 to 100, on which 0 % always lies.

    Parameters
    ----------
    percents
        All that is to be drawn; NaN is left out.

    Examples
    --------
    >>> scale = Scale([-40.0, 10.0, float("nan")])
    >>> scale.axis().ticks
    ((4.5, '−40'), (40.9, '−20'), (77.3, '0'))
    >>> scale.bar(-40.0, -15.0, 10.0)
    Bar(low=4.5, middle=50.0, high=95.5)
    """

    def __init__(self, percents: Iterable[float]) -> None:
        known = [min(max(each, _LEAST), _MOST) for each in percents if not math.isnan(each)]
        low, high = min([0.0, *known]), max([0.0, *known])
        room = _MARGIN * ((high - low) or 1.0)
        self._low, self._high = low - room, high + room

    def axis(self) -> Axis:
        """Choose ticks at round differences."""
        width = self._high - self._low
        step = next((step for step in _STEPS if width / step <= _MOST_TICKS), _STEPS[-1])
        ticks = range(math.ceil(self._low / step) * step, math.floor(self._high) + 1, step)
        return Axis(self._at(0.0), tuple((self._at(tick), f"{tick}".replace("-", "−")) for tick in ticks))

    def bar(self, low: float, middle: float, high: float) -> Bar | None:
        """Place an interval; None if there is no estimate, and only the estimate if there is no interval."""
        if math.isnan(middle):
            return None
        ends = (middle if math.isnan(end) else end for end in (low, high))
        return Bar(*(self._at(each) for each in (next(ends), middle, next(ends))))

    def _at(self, percent: float) -> float:
        share = (percent - self._low) / (self._high - self._low)
        return round(100 * min(max(share, 0.0), 1.0), 1)
