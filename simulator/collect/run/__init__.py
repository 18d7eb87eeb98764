"""The controller: makes every run of a plan, follows it, and writes what it came to.

::

    controller ──▶ series ──▶ once ──▶ idle    (cool down, baseline)
        │                      ├─────▶ job     (launched through leash, in a process group of its own)
    lock, manifest             ├─────▶ follow ──▶ progress (what is enough), watch (GPUs, limits, neighbours, clocks)
                               └─────▶ outcome ──▶ windows of energy and time ──▶ result.json
"""

from __future__ import annotations

from simulator.collect.run.controller import collect

__all__ = ["collect"]
