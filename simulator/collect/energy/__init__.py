"""From recorded samples to the energy of a window, with an uncertainty and what stands against it.

::

    samples ──▶ readings ──▶ updates ──▶ counter ◀── edge ─┐
                   └───────────────▶ held ─────────────────┼──▶ gpu ──▶ meter ──▶ window, flags
    step times, swing of updates ▶ alias ──────────────────┘
    slow samples ──▶ notes ──▶ flags

Nothing here reads a sensor. Times are CLOCK_MONOTONIC.
"""

from __future__ import annotations

from simulator.collect.energy.alias import alias_risk
from simulator.collect.energy.flags import FLAGS, INVALID
from simulator.collect.energy.meter import Meter
from simulator.collect.energy.notes import notes
from simulator.collect.energy.window import GpuWindow, Window

__all__ = ["FLAGS", "INVALID", "GpuWindow", "Meter", "Window", "alias_risk", "notes"]
