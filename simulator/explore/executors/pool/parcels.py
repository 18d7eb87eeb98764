"""Chunks made ready to travel; cells that cannot be pickled fail, and keep no other from travelling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.explore.chunk import Chunk

__all__ = ["Packer", "Parcel"]


class Parcel(NamedTuple):
    """A chunk on its way.

    Parameters
    ----------
    chunk
        What it was; without those of its cells that cannot travel.
    packed
        It, pickled.
    classes
        Classes that its receiver must know before, pickled, by number.
    """

    chunk: Chunk
    packed: bytes
    classes: Mapping[int, bytes]


class Packer:
    """Pickles chunks for workers of one pool, and each class that travels by value only once.

    Parameters
    ----------
    folder
        The sweep's folder.
    """

    def __init__(self, folder: Path) -> None:
        from simulator.explore.work.travel import Numbered

        self._folder = folder
        self._numbered = Numbered()

    def parcel(self, chunk: Chunk) -> Parcel:
        """Pickle a chunk; cells that cannot be pickled fail, in a shard of which the worker will tell."""
        try:
            packed, numbers = self._numbered.packed(chunk)
        except Exception:  # pickling runs a user's code
            chunk = self._sendable(chunk)
            packed, numbers = self._numbered.packed(chunk)
        return Parcel(chunk, packed, {number: self._numbered.by_value(number) for number in numbers})

    def _sendable(self, chunk: Chunk) -> Chunk:
        from simulator.explore.work import give_up
        from simulator.explore.work.failure import full_of, line_of

        sendable = []
        for cell in chunk.cells:
            try:
                self._numbered.packed(cell)
            except Exception as error:  # pickling runs a user's code
                line = f"cannot be sent to a worker: {line_of(error)}"
                give_up(replace(chunk, cells=[cell]), self._folder, line, full_of(error), lambda _: None)
            else:
                sendable.append(cell)
        return replace(chunk, cells=sendable)
