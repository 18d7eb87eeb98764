"""What the sweep itself costs: energy where it can be read, CPU seconds everywhere."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from simulator.rapl import cpu_energy_j, read_packages

__all__ = ["Effort"]

#: Counters start anew after minutes on a busy machine; read this often [s], no round of theirs is missed.
OFTEN_S = 30.0


class Effort:
    """Counts from its making on.

    Parameters
    ----------
    inline
        Whether cells run in this very process, so that its CPU time is theirs as well.
    """

    def __init__(self, *, inline: bool) -> None:
        self._inline = inline
        self._began_cpu_s = time.process_time()
        self._cells_cpu_s = 0.0
        self._cpu = read_packages()
        self._energy_j: float | None = 0.0 if self._cpu else None
        self._read_s = time.monotonic()
        self._gpus: _GpuEnergy | None = None

    def add(self, cpu_s: float) -> None:
        """Count what cells report [s]."""
        self._cells_cpu_s += cpu_s

    @property
    def cpu_s(self) -> float:
        """CPU time of the driver and of all cells [s]."""
        own_s = time.process_time() - self._began_cpu_s
        return own_s if self._inline else own_s + self._cells_cpu_s

    def energy_j(self, *, now: bool = False) -> float | None:
        """Return what the CPUs of this machine consumed, whoever used them [J].

        Parameters
        ----------
        now
            Read the counters even if they were read a short while ago.

        Returns
        -------
        float or None
            None if nobody may read it.
        """
        if self._energy_j is not None and (now or time.monotonic() - self._read_s > OFTEN_S):
            cpu = read_packages()
            self._energy_j += cpu_energy_j(self._cpu, cpu) or 0.0
            self._cpu, self._read_s = cpu, time.monotonic()
        return self._energy_j

    def look_for_gpus(self) -> None:
        """Begin to count what GPUs consume. Their library takes its time, so that workers get their work first."""
        if self._gpus is None:
            self._gpus = _GpuEnergy()

    def gpu_energy_j(self) -> float | None:
        """Return likewise what its GPUs consumed [J]; None if there are none, they do not count, or nobody looked."""
        return None if self._gpus is None else self._gpus.since_j()


class _GpuEnergy:
    """The energy counters that GPUs have since Volta (``nvmlDeviceGetTotalEnergyConsumption``, in millijoules)."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._handles: list[Any] = []
        self._began_mj = 0
        with suppress(Exception):  # no driver, no GPU, a GPU without a counter: all the same here
            import pynvml

            pynvml.nvmlInit()
            self._nvml = pynvml
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
            self._began_mj = self._read_mj()

    def _read_mj(self) -> int:
        return sum(int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(handle)) for handle in self._handles)

    def since_j(self) -> float | None:
        if not self._handles:
            return None
        try:
            return (self._read_mj() - self._began_mj) / 1e3
        except self._nvml.NVMLError:
            return None
