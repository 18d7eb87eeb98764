"""Measures the energy of training, with what the machine has."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import BadValueError, GpuError, NvmlMissingError
from simulator.service.client.counters import ConstantPower, Counter, CpuCounter, GpuCounter

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EnergyMeter", "Measurement"]

_LOG = logging.getLogger("simulator.service")


@dataclass(frozen=True)
class Measurement:
    """What passed in a window.

    Parameters
    ----------
    energy_j, time_s
        Energy [J] and time [s].
    """

    energy_j: float
    time_s: float


class EnergyMeter:
    """Measures the energy of windows of time: that of the GPUs that this process may use, else that of the CPUs.

    Parameters
    ----------
    power_w
        A power to assume instead of measuring [W], for all that trains the job together. `assumed` is then True, and
        costs are as good as this number.
    clock
        A monotonic clock [s].

    Attributes
    ----------
    source
        What is read: ``"nvml"``, ``"rapl"`` or ``"assumed"``.

    Raises
    ------
    NvmlMissingError
        If nothing here counts energy.
    GpuError
        If a GPU is there, but does not count (those before Volta do not), or is a MIG instance.

    Examples
    --------
    >>> seconds = iter([0.0, 0.0, 10.0, 10.0])
    >>> meter = EnergyMeter(power_w=200, clock=lambda: next(seconds))
    >>> meter.begin_window("epoch")
    >>> meter.end_window("epoch")
    Measurement(energy_j=2000.0, time_s=10.0)
    """

    def __init__(self, power_w: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[float, float]] = {}
        self._counter, self.source = _counter(power_w, clock)

    @property
    def assumed(self) -> bool:
        """Whether power is assumed and not measured."""
        return self.source == "assumed"

    def begin_window(self, name: str, /) -> None:
        """Begin to measure; windows of different names may overlap."""
        self._windows[name] = self._counter.read_j(), self._clock()

    def end_window(self, name: str, /) -> Measurement:
        """Return what passed since `begin_window` of that name.

        Raises
        ------
        BadValueError
            If no window of that name is open.
        """
        if name not in self._windows:
            raise BadValueError(f"no window {name!r} is open; there are: {', '.join(self._windows) or 'none'}")
        energy_j, began_s = self._windows.pop(name)
        return Measurement(self._counter.read_j() - energy_j, self._clock() - began_s)


def _counter(power_w: float | None, clock: Callable[[], float]) -> tuple[Counter, str]:
    if power_w is not None:
        if not 0 < power_w < float("inf"):
            raise BadValueError(f"power_w is {power_w}; it is a power in watts above 0")
        _LOG.info("energy is not measured: %g W are assumed", power_w)
        return ConstantPower(power_w, clock=clock), "assumed"
    try:
        return GpuCounter(), "nvml"
    except NvmlMissingError:
        return CpuCounter(), "rapl"
    except GpuError as error:
        raise type(error)(f"{error}; EnergyMeter(power_w=…) assumes a constant power") from error
