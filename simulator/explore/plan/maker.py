"""Many tasks of one class that differ in little, made quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.errors import ConfigError
from simulator.explore.config.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.explore.config.task import Task
    from simulator.explore.plan.shared import Shared

__all__ = ["Maker"]


class Maker:
    """Makes tasks of one class from common values and a few of their own.

    Common values are checked once: from the second task on, those that need nothing else are copied from a template,
    which takes a third of the time where files, jobs or lists are among them.

    Parameters
    ----------
    task
        The class.
    values
        What is common.
    shared
        Files and traces of the plan.
    """

    def __init__(self, task: type[Task], values: Mapping[str, Any], shared: Shared) -> None:
        self.task = task
        self._shared = shared
        self._values = shared.resolve(task, dict(values))
        self._template: Task | None = None
        # A class that does something of its own when a task is made would not do it in a copy.
        self._tries = 1 if task.__init__ is Config.__init__ else 0
        self._is_first = True

    def make(self, values: dict[str, Any]) -> Task:
        """Make a task.

        Parameters
        ----------
        values
            Its own values, which win.

        Raises
        ------
        ConfigError
            With everything that is wrong.
        """
        values = self._shared.resolve(self.task, values)
        if self._template is None and self._tries and not self._is_first:
            self._tries = 0
            self._template = self._made()
        self._is_first = False
        if self._template is None:
            return self.task(**{**self._values, **values})
        return self._template.copy(**values)

    def _made(self) -> Task | None:
        """Make a task of the common values alone, if they are enough."""
        try:
            return self.task(**self._values)
        except ConfigError:
            return None
