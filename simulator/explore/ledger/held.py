"""Which ledgers this process has open, so that it does nothing that gives up SQLite's locks on them.

Locks of POSIX belong to a process: when it closes any descriptor of a file, all its locks on the file are gone, also
those of an SQLite connection that had nothing to do with that descriptor. Another process that reads then takes itself
for the only one, and removes the log that this one still writes to. See section 2.2 of
https://www.sqlite.org/howtocorrupt.html.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OPENING", "HeldConnection", "connect", "is_held"]

#: Held while a ledger's file is looked at and opened, so that no other thread comes between the two.
OPENING = threading.RLock()

_held: Counter[tuple[int, int]] = Counter()


class HeldConnection(sqlite3.Connection):
    """A connection to a ledger; its file is known as held until it is closed."""

    _file: tuple[int, int] | None = None

    def hold(self, path: Path) -> None:
        """Say which file it is about, once that is there."""
        found = path.stat()
        self._file = found.st_dev, found.st_ino
        _held[self._file] += 1

    def close(self) -> None:
        """Close it, and forget that its file is held."""
        with OPENING:
            super().close()
            if self._file is not None:
                _held[self._file] -= 1
                self._file = None


def is_held(path: Path) -> bool:
    """Tell whether this process has a connection to a file; then nothing else may open it here."""
    found = path.stat()
    return _held[found.st_dev, found.st_ino] > 0


def connect(path: Path, target: str | None = None, **how: Any) -> HeldConnection:
    """Connect to a ledger's file.

    Parameters
    ----------
    path
        The file.
    target
        What SQLite is to open, if it is not said by the path alone.
    **how
        As `sqlite3.connect` takes it.
    """
    con = sqlite3.connect(target or path, factory=HeldConnection, **how)
    con.hold(path)
    return con
