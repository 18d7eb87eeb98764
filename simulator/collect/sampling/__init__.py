"""A process of its own reads the sensors at fixed deadlines and writes what they say.

::

    Sampler (in the controller) ◀──JSON lines──▶ process ──▶ Loop ──▶ Recorder ──▶ samples.arrows, slow.arrows
                                                               ▲                           │
                                          nvml (FastReader) ───┘        read_samples ◀─────┘

`schema` says what the columns mean, `probe` how often the sensors bring something new. Names are looked up when first
used, so that the process itself does without pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.collect.sampling.handle import Sampler
    from simulator.collect.sampling.period import Periods, periods
    from simulator.collect.sampling.probe import GpuProbe, Probe
    from simulator.collect.sampling.read import read_samples

__all__ = ["GpuProbe", "Periods", "Probe", "Sampler", "periods", "read_samples"]

#: Where the names live.
_HOMES = {
    "GpuProbe": "simulator.collect.sampling.probe",
    "Periods": "simulator.collect.sampling.period",
    "Probe": "simulator.collect.sampling.probe",
    "Sampler": "simulator.collect.sampling.handle",
    "periods": "simulator.collect.sampling.period",
    "read_samples": "simulator.collect.sampling.read",
}

__getattr__, __dir__ = looked_up(__name__, _HOMES)
