"""Calls what tasks asked to be called when they have a result."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.explore.config import Task

__all__ = ["Callbacks"]

_logger = logging.getLogger("simulator.explore")


class Callbacks:
    """Calls them in the thread that waits, between recording a result and waiting for the next.

    What one raises is reported and stops nothing: neither the others nor the sweep.
    """

    def __init__(self) -> None:
        #: How many of each task's were called, by its id.
        self._called: dict[str, int] = {}
        #: What callbacks raised, a line each.
        self.errors: list[str] = []

    def completed(self, task: Task) -> None:
        """Call those of a task that has a result, each time one was added once.

        Parameters
        ----------
        task
            A task that is done.
        """
        if not task.callbacks:
            return
        called = self._called.get(task.id, 0)
        self._called[task.id] = len(task.callbacks)
        for callback in task.callbacks[called:]:
            try:
                callback(task)
            except Exception as error:  # a user's; it is reported, and the sweep goes on
                what = getattr(callback, "__qualname__", repr(callback))
                self.errors.append(f"{what} of {task.name}: {type(error).__name__}: {error}")
                _logger.warning("a callback failed: %s", self.errors[-1], exc_info=error)
