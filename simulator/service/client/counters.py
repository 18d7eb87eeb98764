"""Counters of energy that only ever rise: those of GPUs, those of CPUs, and a stated power."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from simulator.errors import GpuError, NvmlMissingError
from simulator.rapl import RAPL, cpu_energy_j, read_packages
from simulator.service.client.gpus import Gpus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["ConstantPower", "Counter", "CpuCounter", "GpuCounter"]

#: Counters of CPUs start anew after minutes on a busy machine; read this often [s], no round of theirs is missed.
OFTEN_S = 30.0


class Counter(Protocol):
    """Something that counts energy."""

    def read_j(self) -> float:
        """Energy since some moment in the past [J]."""


class GpuCounter:
    """Energy counters that GPUs have since Volta (``nvmlDeviceGetTotalEnergyConsumption``), added up.

    Raises
    ------
    GpuError
        If there is no GPU, or one does not count.
    """

    def __init__(self) -> None:
        self._gpus = Gpus()
        self._before_mj = self._gpus.energy_mj()
        self._counted_mj = 0

    def read_j(self) -> float:
        """Energy since this was made [J]."""
        now_mj = self._gpus.energy_mj()
        passed = [now - before for now, before in zip(now_mj, self._before_mj, strict=True)]
        self._before_mj = now_mj
        if min(passed) < 0:
            raise GpuError("the energy counter of a GPU started anew; was its driver loaded again?")
        self._counted_mj += sum(passed)
        return self._counted_mj / 1e3


class CpuCounter:
    """Energy of the CPU packages by RAPL; read by a thread as well, since these counters are short.

    Parameters
    ----------
    folder
        Where the kernel shows them.
    often_s
        Time between the thread's readings [s].

    Raises
    ------
    NvmlMissingError
        If nobody may read them here; it says what else there is, for this is what is tried last.
    """

    def __init__(self, folder: Path = RAPL, *, often_s: float = OFTEN_S) -> None:
        self._folder, self._often_s = folder, often_s
        self._lock = threading.Lock()
        self._before = read_packages(folder)
        self._energy_j = 0.0
        if not self._before:
            raise NvmlMissingError(
                "nothing counts energy here: no NVIDIA GPU, and the counters of the CPUs are not there or only root "
                "may read them; EnergyMeter(power_w=…) assumes a constant power"
            )
        threading.Thread(target=self._follow, name="simulator-cpu-energy", daemon=True).start()

    def read_j(self) -> float:
        """Energy since this was made [J]."""
        with self._lock:
            now = read_packages(self._folder)
            self._energy_j += cpu_energy_j(self._before, now) or 0.0
            self._before = now or self._before
            return self._energy_j

    def _follow(self) -> None:
        while True:
            time.sleep(self._often_s)
            self.read_j()


class ConstantPower:
    """A power that somebody stated, assumed to be drawn all the time.

    Examples
    --------
    >>> seconds = iter([1.0, 3.0])
    >>> power = ConstantPower(200.0, clock=lambda: next(seconds))
    >>> power.read_j(), power.read_j()
    (200.0, 600.0)
    """

    def __init__(self, power_w: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._power_w, self._clock = power_w, clock

    def read_j(self) -> float:
        """Energy since the clock's beginning [J]."""
        return self._power_w * self._clock()
