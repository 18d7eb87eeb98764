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
    "Finalized",
    "Grid",
    "Measure",
    "Measurement",
    "Output",
    "Plan",
    "RunResult",
    "finalize",
    "measure",
    "read_results",
]

#: Where the names live.
_HOMES = {
    "Finalized": "simulator.collect.finalize",
    "Grid": "simulator.collect.plan",
    "Measure": "simulator.collect.plan",
    "Measurement": "simulator.collect.measurement",
    "Output": "simulator.collect.plan",
    "Plan": "simulator.collect.plan",
    "RunResult": "simulator.collect.result",
    "finalize": "simulator.collect.finalize",
    "measure": "simulator.collect.measurement",
    "read_results": "simulator.collect.result",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
