"""What results must have in common so that one may be called worse than another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.explore.config import Task

__all__ = ["kept_apart"]

#: Of replays: a cost of another exchange rate, of more recurrences, or by other luck is another quantity.
_REPLAYED = frozenset({"job", "traces", "eta", "recurrences", "groups", "draws", "detail"})


def kept_apart(task: Task, name: str) -> bool:
    """Say whether rows that differ in a field have nothing to do with each other.

    Parameters
    ----------
    task
        A cell.
    name
        One of its fields.

    Returns
    -------
    bool
        True for what is given, such as a file, traces, a job or a configuration; False for what is chosen.
    """
    from simulator.explore.tasks.replay import Replay

    return (isinstance(task, Replay) and name in _REPLAYED) or _is_given(getattr(task, name))


def _is_given(value: Any) -> bool:
    from simulator.explore.config import Config, File, Recorded
    from simulator.job import Job

    if isinstance(value, dict):
        return any(map(_is_given, value.values()))
    if isinstance(value, tuple):
        return any(map(_is_given, value))
    return isinstance(value, (Config, File, Recorded, Job))
