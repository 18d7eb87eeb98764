"""Reads result tables: summaries, the time–energy front, plots."""

from __future__ import annotations

from simulator.compare.front import configurations, on_front
from simulator.compare.manifests import headline, manifests
from simulator.compare.results import combine, failures, per_recurrence
from simulator.compare.summary import BASELINE, summarize

__all__ = [
    "BASELINE",
    "combine",
    "configurations",
    "failures",
    "headline",
    "manifests",
    "on_front",
    "per_recurrence",
    "summarize",
]
