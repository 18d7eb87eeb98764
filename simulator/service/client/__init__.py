"""For training scripts: ask the service for a batch size, report to it, and be told when to stop.

::

    backoff ─▶ transport ─▶ client ─▶ run ─▶ callbacks
    answers, refusals ───┘             │
    counters ─▶ meter ─▶ usage ────────┤
    heartbeat, ending, ranks, limits ──┘

The standard library and httpx do; httpx is imported when a request is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.service.client.client import Client
    from simulator.service.client.meter import EnergyMeter
    from simulator.service.client.run import TrainingRun

__all__ = ["Client", "EnergyMeter", "TrainingRun"]

_HOMES = {
    "Client": "simulator.service.client.client",
    "EnergyMeter": "simulator.service.client.meter",
    "TrainingRun": "simulator.service.client.run",
}

__getattr__, __dir__ = looked_up(__name__, _HOMES)
