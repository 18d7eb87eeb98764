"""Plays a job against what was recorded about it.

The room has the name of its one verb: ``simulator.replay(job, traces, ...)`` calls `simulator.replay.replay.replay`,
and ``simulator.replay.draws`` is a module of the room.
"""

from __future__ import annotations

import sys
from types import ModuleType

from simulator.replay.replay import replay
from simulator.replay.simulator import HistoryEntry, Simulator

__all__ = ["HistoryEntry", "Simulator", "replay"]


class _CallableModule(ModuleType):
    # Importing any module of the room binds ``simulator.replay`` to the room itself, so the room must take the call.
    __call__ = staticmethod(replay)


sys.modules[__name__].__class__ = _CallableModule
