"""An offline, trace-driven simulator for energy-aware training.

Recorded training and power traces are replayed through batch-size and power-limit policies, to learn what each would
have cost in joules and seconds. Start with `replay`, or with `Simulator` for scripts of the published simulator.
"""

from __future__ import annotations

from simulator.job import Job

__all__ = ["Job"]
