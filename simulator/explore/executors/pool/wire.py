"""Frames on a socket: a number, a kind and a body; written without waiting, read as they come."""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

__all__ = ["BEGUN", "CHUNK", "CLAIM_BYTES", "LOST", "REPORT", "SETUP", "UNREADABLE", "Frames", "Outgoing", "frame"]

#: To a worker: what it must know before the next chunk; a chunk.
SETUP: Final = b"s"
CHUNK: Final = b"c"
#: From a worker: a chunk is begun, by which process; a report of it; its cells cannot be read; nor results written.
BEGUN: Final = b"b"
REPORT: Final = b"r"
UNREADABLE: Final = b"u"
LOST: Final = b"l"

#: Length of a number in a pipe of claims; so few bytes are written and read whole.
CLAIM_BYTES: Final = 8

_HEAD = struct.Struct("!QQc")
_PIECE = 1 << 18


def frame(number: int, kind: bytes, body: bytes = b"") -> bytes:
    """Make a frame.

    Parameters
    ----------
    number
        Which chunk it is about.
    kind
        One of the constants above.
    body
        Whatever belongs to it.
    """
    return _HEAD.pack(len(body), number, kind) + body


class Frames:
    """Takes what comes in apart.

    Examples
    --------
    >>> frames = Frames()
    >>> sent = frame(7, CHUNK, b"cells")
    >>> list(frames.fed(sent[:10])), list(frames.fed(sent[10:]))
    ([], [(7, b'c', b'cells')])
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        #: Whether the other side has hung up.
        self.ended = False

    def fed(self, data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
        """Give number, kind and body of each frame that is whole now."""
        self._pending += data
        while len(self._pending) >= _HEAD.size:
            length, number, kind = _HEAD.unpack_from(self._pending)
            end = _HEAD.size + length
            if len(self._pending) < end:
                return
            body = bytes(self._pending[_HEAD.size : end])
            del self._pending[:end]
            yield number, kind, body

    def read(self, connection: socket.socket) -> Iterator[tuple[int, bytes, bytes]]:
        """Read what is there, from a socket that does not block; ends where nothing more is."""
        while True:
            try:
                data = connection.recv(_PIECE)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b""
            if not data:
                self.ended = True
                return
            yield from self.fed(data)


class Outgoing:
    """What is to be written to a socket as soon as the other side has room.

    Parameters
    ----------
    connection
        A socket that does not block.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._waiting: deque[memoryview] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, data: bytes) -> None:
        """Write, or keep what the other side has no room for."""
        self._waiting.append(memoryview(data))
        self.write()

    def write(self) -> None:
        """Write as much as there is room for; what is written to the dead is forgotten."""
        while self._waiting:
            try:
                sent = self._connection.send(self._waiting[0])
            except BlockingIOError:
                return
            except OSError:  # it is dead; its parent tells so
                self._waiting.clear()
                return
            if sent < len(self._waiting[0]):
                self._waiting[0] = self._waiting[0][sent:]
            else:
                self._waiting.popleft()
