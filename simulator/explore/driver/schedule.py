"""Who waits for whom: which cells are ready, and which will never be."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from simulator.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Schedule", "check_circles"]


def check_circles(needs: Mapping[str, Iterable[str]], name: Callable[[str], str]) -> None:
    """Refuse dependencies that go in a circle.

    Parameters
    ----------
    needs
        Ids that each id depends on; those without any may be left out.
    name
        What a person calls a cell.

    Raises
    ------
    GridError
        If cells wait for each other; it names them.

    Examples
    --------
    >>> check_circles({"a": ["b"], "b": ["a"]}, lambda id_: f"cell {id_}")
    Traceback (most recent call last):
    simulator.errors.GridError: cells wait for each other, so that none can begin: cell a -> cell b -> cell a; take ...
    """
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = " -> ".join(name(id_) for id_ in error.args[1])
        raise GridError(
            f"cells wait for each other, so that none can begin: {circle}; take one of these dependencies out"
        ) from None


class Schedule:
    """The dependencies of a grid, by the positions of its cells.

    Cells without dependencies cost nothing here, so that a hundred thousand of them are no burden.

    Examples
    --------
    >>> schedule = Schedule()
    >>> schedule.add(2, {0, 1})
    >>> schedule.add(3, {2})
    >>> schedule.ready(0), schedule.ready(2)
    (True, False)
    >>> schedule.done(0), schedule.done(1)
    ([], [2])
    >>> sorted(schedule.behind(2))
    [3]
    """

    def __init__(self) -> None:
        self._waiting: dict[int, set[int]] = {}
        self._dependents: dict[int, list[int]] = {}

    def add(self, position: int, dependencies: Iterable[int]) -> None:
        """Say what a cell waits for.

        Parameters
        ----------
        position
            Which cell.
        dependencies
            Cells that have no result yet.
        """
        waits = set(dependencies)
        if waits:
            self._waiting[position] = waits
            for other in waits:
                self._dependents.setdefault(other, []).append(position)

    def ready(self, position: int) -> bool:
        """Say whether all that a cell depends on has a result."""
        return position not in self._waiting

    def done(self, position: int) -> list[int]:
        """Take note of a result, and return the cells that are ready because of it."""
        freed = []
        for other in self._dependents.get(position, ()):
            waits = self._waiting.get(other)
            if waits is not None:
                waits.discard(position)
                if not waits:
                    del self._waiting[other]
                    freed.append(other)
        return freed

    def behind(self, position: int) -> dict[int, int]:
        """Return all cells that cannot run without this one, directly or not, each with the one that it waits for."""
        found: dict[int, int] = {}
        front = [position]
        while front:
            here = front.pop()
            for other in self._dependents.get(here, ()):
                if here in self._waiting.get(other, ()) and other not in found:
                    found[other] = here
                    front.append(other)
        return found

    def waiting(self) -> list[int]:
        """Return the cells that wait for others."""
        return list(self._waiting)

    def causes(self, position: int) -> set[int]:
        """Return the cells that a cell waits for."""
        return self._waiting.get(position, set())
