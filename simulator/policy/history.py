"""Rewards of each batch size in the order seen, and the sums over them that beliefs rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["History"]

_FIRST_ROOM = 16


class History:
    """One growing list of numbers for each of n batch sizes.

    Sums are numpy's own, pairwise, so that beliefs agree with those of numpy users to the last bit. The vectorized
    engine has the same methods in compiled form.

    Parameters
    ----------
    n
        How many batch sizes there are.

    Examples
    --------
    >>> history = History(2)
    >>> for value in (1.0, 2.0, 6.0):
    ...     history.append(1, value)
    >>> history.count(1), history.total(1, 3), history.total(1, 2), history.squares(1, 2, 4.0)
    (3, 9.0, 8.0, 8.0)
    """

    __slots__ = ("_counts", "_values")

    def __init__(self, n: int) -> None:
        self._counts = [0] * n
        self._values: list[NDArray[np.float64]] = [np.empty(_FIRST_ROOM) for _ in range(n)]

    @property
    def n(self) -> int:
        """How many batch sizes there are."""
        return len(self._counts)

    def append(self, position: int, value: float) -> None:
        """Add a number to the list of a batch size."""
        count, values = self._counts[position], self._values[position]
        if count == len(values):
            self._values[position] = values = np.concatenate([values, np.empty(count)])
        values[count] = value
        self._counts[position] = count + 1

    def count(self, position: int) -> int:
        """Count the numbers of a batch size."""
        return self._counts[position]

    def total(self, position: int, latest: int) -> float:
        """Add up the latest numbers of a batch size, of which there must be as many: ``np.add.reduce``."""
        return float(np.add.reduce(self._latest(position, latest)))

    def squares(self, position: int, latest: int, mean: float) -> float:
        """Add up the squares of how far the latest numbers of a batch size are from a mean."""
        apart = self._latest(position, latest) - mean
        return float(np.add.reduce(apart * apart))

    def to_plain(self) -> list[list[float]]:
        """All numbers as lists, shape (n, n_seen)."""
        return [self._latest(position, count).tolist() for position, count in enumerate(self._counts)]

    @classmethod
    def from_plain(cls, plain: Sequence[Sequence[float]]) -> History:
        """Make the history that `to_plain` was called on."""
        history = cls(len(plain))
        for position, values in enumerate(plain):
            history.extend(position, values)
        return history

    def extend(self, position: int, values: Sequence[float]) -> None:
        """Add numbers to the list of a batch size, in their order."""
        if not len(values):
            return
        count = self._counts[position]
        room = np.empty(max(_FIRST_ROOM, count + len(values)))
        room[:count] = self._values[position][:count]
        room[count : count + len(values)] = [float(value) for value in values]
        self._values[position] = room
        self._counts[position] = count + len(values)

    def since(self, position: int, seen: int) -> list[float]:
        """Numbers of a batch size after the first so many."""
        return list(map(float, self._values[position][seen : self._counts[position]]))

    def _latest(self, position: int, latest: int) -> NDArray[np.float64]:
        count = self._counts[position]
        return self._values[position][count - latest : count]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and self.to_plain() == other.to_plain()

    __hash__ = None  # type: ignore[assignment]  # it grows: not a dictionary key

    def __repr__(self) -> str:
        return f"History.from_plain({self.to_plain()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return History.from_plain, (self.to_plain(),)
