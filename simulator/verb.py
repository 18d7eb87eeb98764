"""Rooms that have the name of their verb: modules that can be called."""

from __future__ import annotations

import importlib
import inspect
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["make_callable"]


def make_callable(room: str, verb: Callable[..., Any]) -> None:
    """Let a module take the call of its verb.

    Importing any module of a room binds ``simulator.ROOM`` to the room itself, so the room must take the call, and show
    the signature and the documentation of what it calls. It is pickled by name, as a function is.

    Parameters
    ----------
    room
        Name of the module, as in ``sys.modules``.
    verb
        What it calls.
    """

    class Room(ModuleType):
        __signature__ = inspect.signature(verb)

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return verb(*args, **kwargs)

        def __reduce__(self) -> tuple[Any, ...]:
            return importlib.import_module, (room,)

    module = sys.modules[room]
    module.__class__ = Room
    module.__doc__ = verb.__doc__
