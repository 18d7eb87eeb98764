"""Compares policies, and reads result tables: summaries, differences with their intervals, the time–energy front.

The room has the name of its verb, as `simulator.replay` does: ``simulator.compare(jobs, traces, ...)`` calls
`simulator.compare.compare.compare`, and ``simulator.compare.summarize`` is in the room.
"""

from __future__ import annotations

from simulator.compare.compare import compare
from simulator.compare.comparison import Comparison
from simulator.compare.front import configurations, on_front
from simulator.compare.manifests import headline, manifests
from simulator.compare.results import combine, failures, per_recurrence
from simulator.compare.summary import BASELINE, summarize
from simulator.verb import make_callable

__all__ = [
    "BASELINE",
    "Comparison",
    "combine",
    "compare",
    "configurations",
    "failures",
    "headline",
    "manifests",
    "on_front",
    "per_recurrence",
    "summarize",
]

make_callable(__name__, compare)
