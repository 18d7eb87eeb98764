"""What all runs of a collection share."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.collect.limits import Limiter
    from simulator.collect.plan import Plan, RunSpec
    from simulator.collect.run.clocks import ClockTable
    from simulator.collect.run.idle import Idle
    from simulator.collect.run.sensors import Sensors

__all__ = ["Held", "Rig"]

_logger = logging.getLogger("simulator.collect")


@dataclass(frozen=True)
class Held:
    """Power limits that hold during a run.

    Parameters
    ----------
    requested_mw
        What the driver was told [mW]; None if it was not, and does not say.
    enforced_mw
        What each GPU enforces [mW].
    flags, notes
        What is to be said about it.
    """

    requested_mw: int | None = None
    enforced_mw: tuple[int | None, ...] = ()
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lowest_mw(self) -> int | None:
        """The lowest limit of all GPUs [mW]: a job that is synchronous runs as fast as its slowest GPU."""
        return min((mw for mw in self.enforced_mw if mw is not None), default=None)


@dataclass
class Rig:
    """What all runs of a collection share.

    Parameters
    ----------
    plan
        The plan.
    out
        The collection's folder.
    clock, clocks
        The time, and the table of both clocks.
    idle
        Waits between runs.
    sensors
        The GPUs; None if only times are recorded.
    limiter
        Sets power limits; None if they stay as they are.
    steps_per_epoch
        Steps of an epoch at each batch size, as far as a run has said it.
    """

    plan: Plan
    out: Path
    clock: Clock
    clocks: ClockTable
    idle: Idle
    sensors: Sensors | None = None
    limiter: Limiter | None = None
    steps_per_epoch: dict[int, int] = field(default_factory=dict)

    def hold_limit(self, spec: RunSpec) -> Held:
        """Set the power limit of a run, wait until it holds, and read it back.

        Raises
        ------
        GpuError
            If it cannot be set or read.
        """
        if self.sensors is None:
            return Held()
        if self.limiter is None or spec.power_limit_w is None:
            requested = {device.limits().requested_mw for device in self.sensors.devices}
            return Held(requested.pop() if len(requested) == 1 else None, tuple(self.sensors.enforced_mw()))
        measure = self.plan.measure
        done = self.limiter.set(spec.power_limit_w * 1000, clip=measure.clip, settle_s=measure.settle_s)
        held = tuple(each.enforced_mw for each in done)
        differs = any(mw not in (None, spec.power_limit_w * 1000) for mw in held)
        unsettled = tuple(f"{each}; not seen to hold yet" for each in done if not each.settled)
        requested = {each.requested_mw for each in done}
        return Held(
            requested.pop() if len(requested) == 1 else None, held, ("limit_differs",) if differs else (), unsettled
        )

    @contextmanager
    def limits_first(self) -> Iterator[None]:
        """Give power limits back before anything else is tidied up: stopping a script may take its time."""
        try:
            yield
        except BaseException:
            if self.limiter is not None:
                try:
                    self.limiter.restore()
                except CollectError as error:  # what led here is the one to raise; the guardian tries again
                    _logger.warning("%s", error)
            raise
