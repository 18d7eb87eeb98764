"""Plays a job against what was recorded about it.

The room has the name of its one verb: ``simulator.replay(job, traces, ...)`` calls `simulator.replay.replay.replay`,
and ``simulator.replay.draws`` is a module of the room.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from types import ModuleType
from typing import Any

from simulator.replay.replay import replay
from simulator.replay.simulator import HistoryEntry, Simulator

__all__ = ["HistoryEntry", "Simulator", "replay"]


class _Verb(ModuleType):
    """A module that can be called.

    Importing any module of the room binds ``simulator.replay`` to the room itself, so the room must take the call, and
    show the signature and the documentation of what it calls. It is pickled by name, as a function is.
    """

    __signature__ = inspect.signature(replay)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return replay(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, (self.__name__,)


sys.modules[__name__].__class__ = _Verb
__doc__ = str(replay.__doc__)
