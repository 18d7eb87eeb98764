"""Plays a job against what was recorded about it."""

from __future__ import annotations

from simulator.replay.replay import replay
from simulator.replay.simulator import HistoryEntry, Simulator

__all__ = ["HistoryEntry", "Simulator", "replay"]
