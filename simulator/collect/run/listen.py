"""Turns what a script prints into events, where the plan says how."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.collect.output import OutputReader

__all__ = ["Listener"]


class Listener:
    """Reads a job's output line by line, and appends what it says to the run's events.

    Parameters
    ----------
    reader
        Knows what lines mean.
    file
        Where events go. One write a line, as a script's own, so that both may write to it.
    """

    def __init__(self, reader: OutputReader, file: Path) -> None:
        self._reader = reader
        self._file = file

    def __call__(self, line: str, mono_ns: int) -> None:
        """Take in one line that arrived at a moment."""
        wall_ns = time.time_ns() - (time.monotonic_ns() - mono_ns)
        events = self._reader.feed(line, mono_ns, wall_ns)
        if not events:
            return
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            for event in events:
                os.write(descriptor, json.dumps(event, separators=(",", ":")).encode() + b"\n")
        finally:
            os.close(descriptor)
