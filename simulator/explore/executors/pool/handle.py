"""One worker, as its driver sees it."""

from __future__ import annotations

import os
import pickle
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.explore.executors.pool.wire import CHUNK, CLAIM_BYTES, SETUP, Frames, Outgoing, frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from simulator.explore.executors.pool.parent import Nursery

__all__ = ["Worker"]


class Worker:
    """A process that runs chunks, from before it is born.

    Parameters
    ----------
    nursery
        Where it is born.
    folder
        The sweep's folder.
    """

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        #: Known when it is born.
        self.pid: int | None = None
        #: Numbers of chunks that it was given, in order, and has not ended.
        self.given: list[int] = []
        #: The one among them that it has begun.
        self.begun: int | None = None
        #: Whether it has ever begun one.
        self.of_use = False
        #: Whether it was told to end; it is given nothing any more.
        self.ending = False
        self.connection, theirs = socket.socketpair()
        self.connection.setblocking(False)
        self.outgoing = Outgoing(self.connection)
        self._frames = Frames()
        self._claims, self._write_claims = os.pipe()
        os.set_blocking(self._claims, False)
        self._learned: set[int] = set()
        self._path: list[str] | None = None
        nursery.fork(folder, theirs, self._claims)
        theirs.close()

    def give(self, number: int, packed: bytes, classes: Mapping[int, bytes]) -> None:
        """Send a chunk, and before it those classes and search paths that it does not know yet."""
        unknown = {n: pickled for n, pickled in classes.items() if n not in self._learned}
        if unknown or self._path != sys.path:
            self._path = list(sys.path)
            self._learned.update(unknown)
            self.outgoing.add(frame(number, SETUP, pickle.dumps((self._path, unknown))))
        self.given.append(number)
        self.outgoing.add(frame(number, CHUNK, packed))
        os.write(self._write_claims, number.to_bytes(CLAIM_BYTES))

    def take_back(self, numbers: Iterable[int]) -> list[int]:
        """Take back chunks that it has not claimed; what is given back surely never begins here."""
        wanted = set(numbers)
        unclaimed = []
        with suppress(BlockingIOError):
            while claim := os.read(self._claims, CLAIM_BYTES):
                unclaimed.append(int.from_bytes(claim))
        for number in unclaimed:
            if number not in wanted:
                os.write(self._write_claims, number.to_bytes(CLAIM_BYTES))
        taken = [number for number in unclaimed if number in wanted]
        self.given = [number for number in self.given if number not in taken]
        return taken

    def said(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Read what it sent."""
        return self._frames.read(self.connection)

    @property
    def hung_up(self) -> bool:
        """Whether nothing will come from it any more."""
        return self._frames.ended

    def close(self) -> None:
        """Forget it; without a connection, it ends."""
        self.connection.close()
        os.close(self._claims)
        os.close(self._write_claims)
