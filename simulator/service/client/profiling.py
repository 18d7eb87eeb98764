"""Measures what power limits cost while a run trains, when the service asks for it, and sets the chosen one."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.errors import BadValueError, GpuError, RefusedError, UnreachableError
from simulator.service.client.answers import whole
from simulator.service.client.limits import CalledLimits, GpuLimits
from simulator.service.client.paths import trial_path
from simulator.service.client.usage import energy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.service.client.limits import Limits
    from simulator.service.client.plan import Plan
    from simulator.service.client.ranks import Ranks
    from simulator.service.client.transport import Transport
    from simulator.service.client.usage import Meter

__all__ = ["PowerControl"]

_LOG = logging.getLogger("simulator.service")

#: Name of the meter's window.
WINDOW = "simulator.service.profile"


class PowerControl:
    """Power limits of one run: rank 0 sets and measures, all ranks train.

    Parameters
    ----------
    transport
        Who talks to the service.
    ranks
        The processes that train together.
    meter
        Measures energy.
    """

    def __init__(self, transport: Transport, ranks: Ranks, meter: Meter | None) -> None:
        self._transport, self._ranks, self._meter = transport, ranks, meter
        self._limits: Limits | None = None

    def profile(
        self, plan: Plan, train_some_steps: Callable[[], float | None], set_limit: Callable[[int | None], object] | None
    ) -> int | None:
        """Measure the limits that a plan asks for; see `TrainingRun.profile`."""
        if plan.power_limit_w is None and not plan.profile_limits_w:
            return None
        if self._ranks.talks and self._limits is None:
            self._limits = _found(set_limit)
        measurements = []
        for limit_w in plan.profile_limits_w if plan.power_limit_w is None else ():
            if self._ranks.share(partial(self._set, limit_w)):
                measurements.append({"power_limit_w": limit_w} | self._measure(train_some_steps))
        return self._ranks.share(partial(self._choose, plan, measurements))

    def restore(self) -> None:
        """Give back the limits that were found."""
        if self._limits is not None:
            self._limits.restore()

    def _set(self, limit_w: int) -> bool:
        """Set a limit, and say whether that worked."""
        try:
            if self._limits is not None:
                self._limits.set(limit_w)
        except GpuError as error:
            _LOG.warning("training goes on without a power limit of %d W: %s", limit_w, error)
            return False
        return self._limits is not None

    def _measure(self, train_some_steps: Callable[[], float | None]) -> dict[str, float]:
        """Train, and return mean power [W] and the time of a whole epoch [s]."""
        meter = self._meter if self._ranks.talks else None
        if meter is None and self._ranks.talks:
            raise BadValueError("power limits are compared by measured energy: give train(meter=EnergyMeter())")
        if meter is not None:
            meter.begin_window(WINDOW)
        began_s = time.monotonic()
        share = train_some_steps()
        time_s = time.monotonic() - began_s
        energy_j = 0.0 if meter is None else energy_of(meter.end_window(WINDOW))
        share = 1.0 if share is None else float(share)
        if not (0 < share < float("inf") and time_s > 0):
            raise BadValueError(
                f"train_some_steps returned {share} after {time_s} s; it trains, and returns the share of an epoch"
            )
        return {"power_w": energy_j / time_s, "time_s": time_s / share}

    def _choose(self, plan: Plan, measurements: list[dict[str, Any]]) -> int | None:
        limit_w = plan.power_limit_w
        if measurements and plan.number is not None:
            path = trial_path(plan.job_id, plan.number) + "/profile"
            try:
                answer = self._transport.request("POST", path, {"measurements": measurements})
                limit_w = whole(answer, "power_limit_w", "profile")
            except (UnreachableError, RefusedError) as error:
                _LOG.warning("training goes on without a power limit, for the service does not choose one: %s", error)
        if limit_w is not None and self._set(limit_w):
            return limit_w
        self.restore()
        return None


def _found(set_limit: Callable[[int | None], object] | None) -> Limits | None:
    if set_limit is not None:
        return CalledLimits(set_limit)
    try:
        return GpuLimits()
    except GpuError as error:
        _LOG.warning("training goes on without power limits: %s", error)
        return None
