"""How long an epoch takes on a GPU and what it draws: one curve per workload and GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simulator.trace.model.residual import Residual

__all__ = ["FLOOR_SHARPNESS", "MachineCurve"]

#: How suddenly the lowest draw that a GPU can be held to sets in. Not fitted: too few limits lie there.
FLOOR_SHARPNESS = 16


@dataclass(frozen=True, kw_only=True)
class MachineCurve:
    """Time and power of one epoch of a workload on a GPU, from batch size B and power limit L.

    Without a limit an epoch takes steady_s + overhead_s / B + drag_s · B: work that does not depend on the batch size,
    work done once a step (launches, reading weights), and what large batches add (padding, loading). While busy, the
    GPU draws idle_w + w(B) with w(B) = dynamic_w / (1 + half_size / B). The share of the time in which it is busy turns
    that into the average.

    A limit L is obeyed down to floor_w and not below, as by (L^16 + floor_w^16)^(1/16), which leaves the busy GPU room
    above idle_w. With overload(B, L) = (1 + (w(B) / room)^n)^(1/n), n being cap_sharpness, it draws w(B) / overload
    above idle, which is below both demand and room, and whatever depends on the clock takes overload^slowdown_exponent
    times as long. Hence a higher limit never makes an epoch longer, average power is below what the batch size demands,
    and above the limit only near or below floor_w, as recorded for the A40 at 100 W.

    On the traces published with the Zeus paper (25 curves), the relative RMSE is 0.04 in time and 0.03 in power on
    average. Without half_size it would be 0.05 and 0.05, without drag_s 0.06 and 0.03, with clock shares of 1 0.05 and
    0.03, with busy shares of 1 0.04 and 0.04, without floor_w 0.07 and 0.04 on the A40 instead of
    0.05 and 0.03.

    Parameters
    ----------
    batch_sizes, power_limits
        The recorded batch sizes [samples] and limits [W] that the curve was fitted on, ascending.
    steady_s, overhead_s, drag_s
        Parts of the time of an epoch: [s], [s · samples] and [s / samples].
    busy_share, overhead_busy_share
        Share of the steady and drag time, and of the overhead, in which the GPU is busy [1].
    clock_share, overhead_clock_share
        Share of the steady and drag time, and of the overhead, that slows with the clock [1].
    idle_w
        Draw while not busy [W].
    dynamic_w
        Draw above idle while busy with large batches [W].
    half_size
        Batch size [samples] at which half of ``dynamic_w`` is drawn.
    floor_w
        Draw below which no limit holds the busy GPU [W], above ``idle_w``.
    slowdown_exponent
        By how much time rises as the draw above idle falls [1].
    cap_sharpness
        How suddenly a limit sets in [1]: the larger, the closer the draw follows the smaller of demand and limit.
    time_residual, power_residual
        Curve against the recorded rows.
    """

    batch_sizes: tuple[int, ...]
    power_limits: tuple[int, ...]
    steady_s: float
    overhead_s: float
    drag_s: float
    busy_share: float
    overhead_busy_share: float
    clock_share: float
    overhead_clock_share: float
    idle_w: float
    dynamic_w: float
    half_size: float
    floor_w: float
    slowdown_exponent: float
    cap_sharpness: float
    time_residual: Residual
    power_residual: Residual

    def time_per_epoch(self, batch_size: ArrayLike, power_limit: ArrayLike) -> NDArray[np.float64]:
        """Time of an epoch [s].

        Parameters
        ----------
        batch_size
            Batch sizes [samples] above 0, any shape.
        power_limit
            Limits [W] above ``idle_w``, of a shape that broadcasts with it.
        """
        size = np.asarray(batch_size, dtype=float)
        slowdown = self._overload(size, power_limit) ** self.slowdown_exponent
        overhead = self.overhead_s / size
        return np.asarray(
            (self.steady_s + self.drag_s * size) * (1 + self.clock_share * (slowdown - 1))
            + overhead * (1 + self.overhead_clock_share * (slowdown - 1))
        )

    def average_power(self, batch_size: ArrayLike, power_limit: ArrayLike) -> NDArray[np.float64]:
        """Mean draw over an epoch [W], parameters as for `time_per_epoch`."""
        demand = self.demand_w(batch_size) - self.idle_w
        return np.asarray(self.idle_w + demand / self._overload(np.asarray(batch_size, dtype=float), power_limit))

    def demand_w(self, batch_size: ArrayLike) -> NDArray[np.float64]:
        """Mean draw over an epoch if nothing limits it [W]."""
        size = np.asarray(batch_size, dtype=float)
        overhead = self.overhead_s / size
        rest = self.steady_s + self.drag_s * size
        busy = (self.busy_share * rest + self.overhead_busy_share * overhead) / (rest + overhead)
        return np.asarray(self.idle_w + busy * self._dynamic(size))

    def _dynamic(self, size: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.dynamic_w / (1 + self.half_size / size)

    def _overload(self, size: NDArray[np.float64], power_limit: ArrayLike) -> NDArray[np.float64]:
        """Dynamic power wanted over dynamic power granted: 1 without a limit, above it otherwise."""
        limit = np.asarray(power_limit, dtype=float)
        room = limit * (1 + (self.floor_w / limit) ** FLOOR_SHARPNESS) ** (1 / FLOOR_SHARPNESS) - self.idle_w
        # (1 + (w / room)^n)^(1/n), by way of logarithms: a fit tries exponents that would overflow.
        ratio = np.log(self._dynamic(size)) - np.log(room)
        return np.asarray(np.exp(np.logaddexp(0.0, self.cap_sharpness * ratio) / self.cap_sharpness))
