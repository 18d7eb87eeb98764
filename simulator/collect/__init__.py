"""Makes traces on real GPUs: NVML, samples, windows of energy, training events, and the grid of measurements.

::

    Plan ──▶ controller ──▶ training job ──events──▶ epochs ─┐
                  │                                          ├──▶ results ──▶ finalize ──▶ train and power trace
                  ├──▶ sampler ──samples──▶ meter ──energy───┘
                  └──▶ guardian (gives the power limits back, whatever happens)

Names are looked up when first used: training scripts import `simulator.collect.events`, which needs nothing but Python.
"""

from __future__ import annotations

from simulator.lazy import looked_up

__all__ = [
    "FLAGS",
    "Finalized",
    "Grid",
    "Measure",
    "Measurement",
    "Output",
    "Plan",
    "RunResult",
    "collect",
    "finalize",
    "measure",
    "plot_cells",
    "plot_power",
    "read_events",
    "read_results",
    "read_samples",
    "restore",
]

#: Where the names live.
_HOMES = {
    "FLAGS": "simulator.collect.energy",
    "Finalized": "simulator.collect.finalize",
    "Grid": "simulator.collect.plan",
    "Measure": "simulator.collect.plan",
    "Measurement": "simulator.collect.measurement",
    "Output": "simulator.collect.plan",
    "Plan": "simulator.collect.plan",
    "RunResult": "simulator.collect.result",
    "collect": "simulator.collect.run",
    "finalize": "simulator.collect.finalize",
    "measure": "simulator.collect.measurement",
    "plot_cells": "simulator.collect.plots",
    "plot_power": "simulator.collect.plots",
    "read_events": "simulator.collect.protocol",
    "read_results": "simulator.collect.result",
    "read_samples": "simulator.collect.sampling",
    "restore": "simulator.collect.limits",
}

__getattr__, __dir__ = looked_up(__name__, _HOMES)
