"""Plays a job against what was recorded about it.

The room has the name of its one verb: ``simulator.replay(job, traces, ...)`` calls `simulator.replay.replay.replay`,
and ``simulator.replay.draws`` is a module of the room.
"""

from __future__ import annotations

from simulator.replay.replay import replay
from simulator.replay.simulator import HistoryEntry, Simulator
from simulator.replay.stream import to_parquet
from simulator.verb import make_callable

__all__ = ["HistoryEntry", "Simulator", "replay", "to_parquet"]

make_callable(__name__, replay)
