"""Which cells run together: as many as make about a second of work, and never so many that somebody idles."""

from __future__ import annotations

from collections import deque
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulator.explore.tokens import TokenUse

__all__ = ["TARGET_S", "Group", "Queue", "Sizer"]

#: A chunk is to be this much work [s]: it costs a few milliseconds to hand out, and is what a kill can lose.
TARGET_S = 1.0
#: Cells in the first chunks of a kind of which nothing is known.
FIRST = 4
#: A chunk has at most so many times the cells of the largest one that is known to have fitted.
GROWTH = 8


class Group(NamedTuple):
    """Cells that may share a chunk.

    Parameters
    ----------
    kind
        Which task they are.
    settings
        Settings of the scheduler, whatever the launcher keeps there; hashable.
    array
        Which job array they belong to; None for none.
    tokens
        What each of them needs while it runs.
    most
        The most cells that a chunk may have: less after one was lost, and what the settings say; None for any number.
    """

    kind: str
    settings: Any = None
    array: int | None = None
    tokens: tuple[TokenUse, ...] = ()
    most: int | None = None


class Sizer:
    """Learns how long cells of each kind take, and says how many make a chunk.

    Examples
    --------
    >>> sizer = Sizer()
    >>> sizer.size("Fit", ready=10_000, slots=4)
    4
    >>> sizer.learn("Fit", cells=4, work_s=0.1)
    >>> sizer.size("Fit", ready=10_000, slots=4)  # 40 would be a second of work, but 4 is all that was tried
    32
    >>> sizer.size("Fit", ready=80, slots=4)  # the last ones are spread
    10
    """

    def __init__(self) -> None:
        self._each_s: dict[str, float] = {}
        self._tried: dict[str, int] = {}

    def learn(self, kind: str, cells: int, work_s: float) -> None:
        """Take note of a chunk that ended.

        Parameters
        ----------
        kind
            Which task.
        cells
            How many cells it had.
        work_s
            What they took, all together [s].
        """
        each_s = work_s / cells
        known_s = self._each_s.get(kind)
        # Large chunks tell more: what a first call costs once is shared by few cells of a small one.
        weight = 1.0 if known_s is None else cells / (cells + 0.5 * self._tried.get(kind, 0))
        self._each_s[kind] = each_s if known_s is None else known_s + weight * (each_s - known_s)
        self._tried[kind] = max(self._tried.get(kind, 0), cells)

    def each_s(self, kind: str) -> float | None:
        """Return what a cell takes [s]; None if that is not known yet."""
        return self._each_s.get(kind)

    def size(self, kind: str, *, ready: int, slots: int) -> int:
        """Say how many cells make a chunk.

        Parameters
        ----------
        kind
            Which task.
        ready
            Cells that wait, this chunk's included.
        slots
            Chunks that run at the same time.

        Returns
        -------
        int
            At least 1.
        """
        share = ceil(ready / (2 * slots))
        each_s = self._each_s.get(kind)
        if each_s is None:
            return max(1, min(FIRST, share))
        return max(1, min(int(TARGET_S / max(each_s, 1e-6)), GROWTH * self._tried[kind], share))


class Queue:
    """Cells that are ready, by what they may share a chunk with.

    Examples
    --------
    >>> queue = Queue()
    >>> queue.put(Group("Fit"), [3, 1, 2])
    >>> len(queue), queue.take(Group("Fit"), 2), list(queue.groups())
    (3, [3, 1], [Group(kind='Fit', settings=None, array=None, tokens=(), most=None)])
    """

    def __init__(self) -> None:
        self._groups: dict[Group, deque[int]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def put(self, group: Group, positions: Iterable[int]) -> None:
        """Add cells behind those that wait."""
        self._groups.setdefault(group, deque()).extend(positions)

    def groups(self) -> Iterator[Group]:
        """Go over the groups that have cells; the one that was served last comes last."""
        yield from [group for group, positions in self._groups.items() if positions]

    def waiting(self, group: Group) -> int:
        """Say how many cells of a group wait."""
        return len(self._groups.get(group, ()))

    def take(self, group: Group, cells: int) -> list[int]:
        """Take the first so many cells of a group."""
        positions = self._groups.pop(group)
        taken = [positions.popleft() for _ in range(min(cells, len(positions)))]
        if positions:
            self._groups[group] = positions
        return taken

    def drop(self, positions: set[int]) -> None:
        """Take cells out that are not to run after all."""
        for group, waiting in self._groups.items():
            if not positions.isdisjoint(waiting):
                self._groups[group] = deque(position for position in waiting if position not in positions)
