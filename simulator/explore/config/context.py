"""Where a task is: in a plan that submits it, or in a worker that executes it.

Both set what is current here, so that a task knows neither.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from simulator.errors import ExploreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd


__all__ = ["Context", "current", "within"]


class Context(Protocol):
    """What an experiment and a worker offer to tasks, which are `simulator.explore.config.task.Task`."""

    def submit(self, task: Any) -> Any:
        """Take a sealed task; the first one of the same id is returned. A worker refuses with an `ExploreError`."""

    def jobpath(self, task: Any) -> Path:
        """Folder of the task's own files; it exists when this returns."""

    def result(self, task: Any) -> pd.DataFrame:
        """Rows of a finished task; an `ExploreError` says why there are none."""


_current: ContextVar[Context | None] = ContextVar("simulator.explore.context", default=None)


def current(wanted: str) -> Context:
    """Find the experiment or worker that is current.

    Parameters
    ----------
    wanted
        What it is needed for, for the message.

    Raises
    ------
    ExploreError
        If there is none.
    """
    context = _current.get()
    if context is None:
        raise ExploreError(
            f"{wanted} needs an experiment; write: with simulator.explore.experiment(folder, name) as xp"
        )
    return context


@contextmanager
def within(context: Context) -> Iterator[None]:
    """Make an experiment or worker the current one, for this thread and what it awaits.

    Parameters
    ----------
    context
        The experiment or worker.
    """
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
