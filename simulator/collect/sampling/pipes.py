"""JSON lines between the sampler and whoever started it, without ever keeping the sampler waiting."""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any

__all__ = ["Pipes"]

#: A pipe that can be written to takes this much at once (PIPE_BUF, Linux), so that such a write does not block.
PIECE = 4096


class Pipes:
    """The sampler's end of the conversation.

    Parameters
    ----------
    reading, writing
        File descriptors: commands come in by one, answers go out by the other.

    Notes
    -----
    A partner that is suspended (Ctrl-Z) does not read. Answers then wait in memory and heartbeats are left out, while
    sampling goes on.
    """

    def __init__(self, reading: int = 0, writing: int = 1) -> None:
        self.closed = False
        self._reading = reading
        self._writing = writing
        self._received = b""
        self._waiting = b""

    def receive(self, until_ns: int) -> list[dict[str, Any]]:
        """Wait for commands until the monotonic clock shows ``until_ns`` [ns], and no longer than for the first.

        Returns
        -------
        list of dict
            Commands; none if there were none in time. Once the partner has closed its end, ``closed`` is true.
        """
        rest_s = max(0.0, (until_ns - time.monotonic_ns()) / 1e9)
        if not select.select([self._reading], [], [], rest_s)[0]:
            return []
        piece = os.read(self._reading, 65536)
        if not piece:
            self.closed = True
        *lines, self._received = (self._received + piece).split(b"\n")
        return [json.loads(line) for line in lines]

    def send(self, message: dict[str, Any]) -> None:
        """Say something, as soon as the partner has room for it."""
        self._waiting += json.dumps(message).encode() + b"\n"
        self.push()

    def mention(self, message: dict[str, Any]) -> None:
        """Say something that may be left out if the partner has not read what was said before."""
        self.push()
        if not self._waiting:
            self.send(message)

    def push(self) -> None:
        """Hand over what waits, as far as there is room."""
        try:
            while self._waiting and select.select([], [self._writing], [], 0)[1]:
                written = os.write(self._writing, self._waiting[:PIECE])
                self._waiting = self._waiting[written:]
        except BrokenPipeError:
            self._waiting = b""
            self.closed = True
