"""Waiting until a power limit holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import GpuError

if TYPE_CHECKING:
    from simulator.collect.clock import Clock
    from simulator.collect.nvml import Device

__all__ = ["LimitSet", "settle"]

#: Bit of the event reasons: power is capped by software (nvml.h, nvmlClocksEventReasonSwPowerCap).
_CAPPED = 0x4

#: How often to look [ns]; sensors refresh every 20 to 100 ms.
_PAUSE_NS = 50_000_000

#: How long the enforced limit may take to follow the requested one; after that it is another one for good [ns].
_ENFORCED_NS = 500_000_000

#: How far above its limit a board may stay that caps its power: an A40 in the traces of NSDI'23 went to 1.21.
_OVERSHOOT = 1.25


@dataclass(frozen=True)
class LimitSet:
    """What came of setting the limit of one GPU.

    Parameters
    ----------
    uuid
        The GPU.
    asked_mw
        What was asked for [mW], before any clipping.
    requested_mw
        What the driver was told [mW], as it says itself; None if it does not.
    enforced_mw
        What holds [mW]: it may be lower, out of band. None if the GPU does not say.
    settled
        Whether power was seen to be capped, or within the limit, in time.
    """

    uuid: str
    asked_mw: int
    requested_mw: int | None
    enforced_mw: int | None
    settled: bool

    def __str__(self) -> str:
        """Say it in watts."""
        told, holds = ("?" if mw is None else f"{mw / 1000:g}" for mw in (self.requested_mw, self.enforced_mw))
        return f"{self.uuid}: asked for {self.asked_mw / 1000:g} W, requested {told} W, enforced {holds} W"


def settle(device: Device, asked_mw: int, wanted_mw: int, settle_s: float, clock: Clock) -> LimitSet:
    """Wait until one GPU keeps its limit.

    Parameters
    ----------
    device
        The GPU.
    asked_mw
        What was asked for [mW].
    wanted_mw
        What was set [mW].
    settle_s
        How long to wait at most [s].
    clock
        What to wait by.
    """
    start_ns = clock.monotonic_ns()
    deadline_ns = start_ns + round(settle_s * 1e9)
    while True:
        limits, now_ns = device.limits(), clock.monotonic_ns()
        enforced_mw = wanted_mw if limits.enforced_mw is None else limits.enforced_mw
        late = now_ns >= deadline_ns
        settled = _keeps(device, min(wanted_mw, enforced_mw), late=late)
        if late or (settled and (enforced_mw == wanted_mw or now_ns >= start_ns + _ENFORCED_NS)):
            return LimitSet(device.uuid, asked_mw, limits.requested_mw, limits.enforced_mw, settled)
        clock.sleep_until(min(now_ns + _PAUSE_NS, deadline_ns))


def _keeps(device: Device, limit_mw: int, *, late: bool) -> bool:
    """Whether power is within the limit.

    Boards that stay a little above are believed, in the end, that they cap it; not before, and not far above: they may
    still be capping at an earlier, higher limit.
    """
    try:
        power_mw = device.fast_reader().read().power_instant_mw
        if power_mw is not None and (power_mw <= limit_mw or not late or power_mw > _OVERSHOOT * limit_mw):
            return power_mw <= limit_mw
        reasons = device.read_slow().event_reasons
    except GpuError:
        return False  # one failed read is none that counts; a lost GPU shows at the next setting
    return bool(reasons is not None and reasons & _CAPPED)
