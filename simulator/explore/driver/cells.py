"""The cells of a grid as the driver holds them: by position, with the state of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.driver.snapshot import Counts
from simulator.explore.places import shown_id
from simulator.explore.states import PENDING, STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.explore.config import Task
    from simulator.explore.plan import Entry, Herd, Settings

__all__ = ["Cells", "with_dependencies"]


def with_dependencies(herd: Herd, begin: int = 0) -> dict[str, list[str]]:
    """Add the tasks that cells depend on and that nobody submitted; they run under the settings of who needs them.

    Parameters
    ----------
    herd
        The cells; it grows.
    begin
        Where to begin: cells before are known to be complete, unless some have grown.

    Returns
    -------
    dict
        Ids that a cell depends on directly, by its id; cells that depend on none are left out.
    """
    needs: dict[str, list[str]] = {}
    entries = list(herd)[0 if herd.grown else begin :]
    while entries:
        size, grown = len(herd), len(herd.grown)
        for entry in entries:
            if needed := [_within(herd, task, entry.settings) for task in entry.task.dependencies()]:
                needs[entry.task.id] = needed
        entries = list(herd)[0 if len(herd.grown) > grown else size :]
    return needs


def _within(herd: Herd, task: Task, settings: Settings) -> str:
    """Make sure that a task is there, and return its id."""
    id_ = task.seal().id
    if id_ in herd:
        herd.join(id_, task)
    else:
        herd.add(task, settings)
    return id_


class Cells:
    """Cells by position, in the order of the plan."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.ids: list[str] = []
        self.states: list[str] = []
        self.position: dict[str, int] = {}
        self._counts = dict.fromkeys(STATES, 0)

    def __len__(self) -> int:
        return len(self.ids)

    def extend(self, entries: Iterable[Entry], ids: Iterable[str], states: Mapping[str, str]) -> range:
        """Add cells at the end.

        Parameters
        ----------
        entries, ids
            The cells.
        states
            State of each, by id; those that are not in it are pending.

        Returns
        -------
        range
            Their positions.
        """
        begin = len(self.ids)
        for entry, id_ in zip(entries, ids, strict=True):
            self.position[id_] = len(self.ids)
            self.entries.append(entry)
            self.ids.append(id_)
            state = states.get(id_, PENDING)
            self.states.append(state)
            self._counts[state] += 1
        return range(begin, len(self.ids))

    def task(self, position: int) -> Task:
        """Return the task at a position."""
        task: Task = self.entries[position].task
        return task

    def name(self, position: int) -> str:
        """Return what a person calls it, with the beginning of its id."""
        return f"{self.task(position).name} ({shown_id(self.ids[position])})"

    def set(self, position: int, state: str) -> None:
        """Change the state of a cell."""
        self._counts[self.states[position]] -= 1
        self._counts[state] += 1
        self.states[position] = state

    def counts(self) -> Counts:
        """Count the cells in each state."""
        return Counts(**self._counts)
