"""Makes traces on real GPUs: NVML, samples, windows of energy, training events, and the grid of measurements.

::

    Plan ──▶ controller ──▶ training job ──events──▶ epochs ─┐
                  │                                          ├──▶ results ──▶ finalize ──▶ train and power trace
                  ├──▶ sampler ──samples──▶ meter ──energy───┘
                  └──▶ guardian (gives the power limits back, whatever happens)

Names are looked up when first used: training scripts import `simulator.collect.events`, which needs nothing but Python.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
