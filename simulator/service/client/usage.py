"""What a training run used up so far: time by a monotonic clock, energy by a meter."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Protocol

from simulator.errors import BadValueError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Meter", "Usage", "energy_of"]

_LOG = logging.getLogger("simulator.service")

#: Name of the window that is open while the run trains.
WINDOW = "simulator.service"


class Meter(Protocol):
    """Whatever measures windows of time by name, as `EnergyMeter` and the ZeusMonitor of zeus do."""

    def begin_window(self, name: str, /) -> Any:
        """Begin to measure."""

    def end_window(self, name: str, /) -> Any:
        """Return what was measured since, with the energy as ``energy_j`` or ``total_energy`` [J]."""


def energy_of(measurement: Any) -> float:
    """Read the energy of what a meter's ``end_window`` returned [J]."""
    energy_j = getattr(measurement, "energy_j", None)
    return float(measurement.total_energy if energy_j is None else energy_j)


class Usage:
    """Adds up what a run used while it trained; what passes between `pause` and `resume` is not the run's.

    Parameters
    ----------
    meter
        Measures energy; None: nobody does.
    clock
        A monotonic clock [s]: the wall clock may be set while a run trains.

    Examples
    --------
    >>> seconds = iter([10.0, 14.0, 100.0, 101.0])
    >>> usage = Usage(None, clock=lambda: next(seconds))
    >>> usage.resume(); usage.pause(); usage.resume(); usage.pause()
    >>> usage.time_s
    5.0
    """

    def __init__(self, meter: Meter | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.time_s = 0.0
        self._measured_j, self._measured_s, self._assumed_j = 0.0, 0.0, 0.0
        self._meter, self._clock = meter, clock
        self._began_s: float | None = None
        self._metered = False
        self._told = (0.0, 0.0)

    @property
    def energy_j(self) -> float:
        """Energy so far [J]; BadValueError if nobody measures it."""
        if self._meter is None:
            raise BadValueError(
                "nobody measures energy: give report(energy_j=…), or train(meter=EnergyMeter()); "
                "EnergyMeter(power_w=…) assumes a constant power"
            )
        return self._measured_j + self._assumed_j

    def totals(self, energy_j: float | None = None, time_s: float | None = None) -> tuple[float, float]:
        """Energy and time so far [J, s]: as given, else as measured.

        Raises
        ------
        BadValueError
            If one is negative, no number, or less than last time: then it is none of a whole run.
        """
        given = (
            self.energy_j if energy_j is None else float(energy_j),
            self.time_s if time_s is None else float(time_s),
        )
        for name, now, before in zip(("energy_j", "time_s"), given, self._told, strict=True):
            if not before <= now < float("inf"):
                raise BadValueError(
                    f"{name} is {now:g} after {before:g}; give the total since training began, not that of an epoch"
                )
        self._told = given
        return given

    def resume(self) -> None:
        """Go on counting, if it does not count already."""
        if self._began_s is not None:
            return
        self._metered = self._meter is not None and self._begin(self._meter)
        self._began_s = self._clock()

    def pause(self) -> None:
        """Stop counting, if it counts."""
        if self._began_s is None:
            return
        passed_s, self._began_s = max(0.0, self._clock() - self._began_s), None
        self.time_s += passed_s
        if self._meter is not None:
            self._add(self._meter, passed_s)

    def _begin(self, meter: Meter) -> bool:
        try:
            meter.begin_window(WINDOW)
        except Exception as error:  # whatever a meter raises, days of training must not end with it
            self._lost(error)
            return False
        return True

    def _add(self, meter: Meter, passed_s: float) -> None:
        try:
            energy_j = energy_of(meter.end_window(WINDOW)) if self._metered else None
        except Exception as error:  # likewise
            self._lost(error)
            energy_j = None
        if energy_j is not None and 0 <= energy_j < float("inf"):
            self._measured_j += energy_j
            self._measured_s += passed_s
        elif self._measured_s:
            self._assumed_j += self._measured_j / self._measured_s * passed_s
        else:
            raise BadValueError("the meter failed before it measured anything; give report(energy_j=…) instead")

    def _lost(self, error: Exception) -> None:
        _LOG.warning("the meter failed (%s); its mean power so far is assumed for this part of the run", error)
