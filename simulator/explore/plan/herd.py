"""The cells of one grid, in the order in which the plan made them, each once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import GridError, SimulatorError
from simulator.explore.config.joining import join
from simulator.explore.plan.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.explore.config.task import Task
    from simulator.explore.plan.settings import Settings

__all__ = ["Entry", "Herd"]


class Entry(NamedTuple):
    """One cell of a grid.

    Parameters
    ----------
    task
        What it is, sealed.
    settings
        What a scheduler is told about it.
    array
        Number of the job array that it belongs to, from 0; None if it may run with any others of the same settings.
    """

    task: Task
    settings: Settings
    array: int | None


class Herd:
    """The cells of one grid: ordered, and none twice.

    A cell is what its id says. One that is there already is not added again: the first one stays, with its settings and
    its place, and needs the tasks and the tokens of both.

    Examples
    --------
    >>> herd = Herd()
    >>> len(herd), herd.n_duplicates, herd.ids()
    (0, 0, [])
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        #: Files and traces that its cells name.
        self.shared = Shared()
        #: How often a plan made a cell that was there already.
        self.n_duplicates = 0
        #: Ids of cells that need more than when they were added, as often as that was found; cleared by who heeds it.
        self.grown: list[str] = []
        self._n_arrays = 0
        self._settings: dict[Settings, Settings] = {}
        self._latest: Settings | None = None
        self._open: tuple[int, Settings] | None = None

    def add(self, task: Task, settings: Settings) -> Task:
        """Seal a task and add it, unless the same cell is there.

        Parameters
        ----------
        task
            What the cell is.
        settings
            What a scheduler is told about it.

        Returns
        -------
        Task
            The one that is in the herd: ``task``, or the same cell that came before it.

        Raises
        ------
        GridError
            If it has no id, for instance because a file that it names cannot be read, with the cause chained; or if
            its settings are not those of the job array that is open.
        """
        try:
            id_ = task.seal().id
        except (SimulatorError, OSError) as error:
            what = type(task).__name__
            raise GridError(f"cell {len(self)} of the plan, a {what}, cannot be identified: {error}") from error
        if self._open is not None and settings != self._open[1]:
            raise GridError(f"all cells of a job array share their settings: {_differences(self._open[1], settings)}")
        entry = self._entries.get(id_)
        if entry is not None:
            self.n_duplicates += 1
            self.join(id_, task)
            return entry.task
        if settings is not self._latest:  # equal ones are one object: who goes through many cells need not compare
            settings = self._latest = self._settings.setdefault(settings, settings)
        self._entries[id_] = Entry(task, settings, self._open and self._open[0])
        return task

    def join(self, id_: str, task: Task) -> None:
        """Let a cell need what an equal task needs.

        Parameters
        ----------
        id_
            A cell that is there.
        task
            Of the same id, sealed.
        """
        first = self._entries[id_].task
        if task is not first and join(first, task):
            self.grown.append(id_)

    @contextmanager
    def array(self, settings: Settings) -> Iterator[None]:
        """Take all cells that are added meanwhile for one job array.

        Parameters
        ----------
        settings
            What all of them share.

        Raises
        ------
        GridError
            If one is open already.
        """
        if self._open is not None:
            raise GridError("a job array is open already, and they do not nest: end its block first")
        self._open = (self._n_arrays, settings)
        self._n_arrays += 1
        try:
            yield
        finally:
            self._open = None

    def ids(self) -> list[str]:
        """List the ids of all cells, in order."""
        return list(self._entries)

    @property
    def tasks(self) -> list[Task]:
        """The cells themselves, in order."""
        return [entry.task for entry in self._entries.values()]

    def __getitem__(self, id_: str) -> Entry:
        return self._entries[id_]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def groups(self) -> dict[tuple[Settings, int | None], list[str]]:
        """Part the cells by what a scheduler may put together.

        Returns
        -------
        dict
            Ids, in order, by settings and number of the job array, in the order of their first cells.
        """
        found: dict[tuple[Settings, int | None], list[str]] = {}
        for id_, (_, settings, array) in self._entries.items():
            found.setdefault((settings, array), []).append(id_)
        return found


def _differences(first: Settings, second: Settings) -> str:
    """Say which settings differ."""
    pairs = [(name, getattr(first, name), getattr(second, name)) for name in first.names()]
    return ", ".join(f"{name} is {old!r} for the array and {new!r} here" for name, old, new in pairs if old != new)
