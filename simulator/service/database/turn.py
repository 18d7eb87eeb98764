"""Taking turns at a file of SQLite with other processes that write to it."""

from __future__ import annotations

import random
import sqlite3
import time

from simulator.service.database.refusals import code_of

__all__ = ["Turn"]

#: How long to wait between two looks whether the file is free [s]: at first, and once it has been locked for long.
LOOKS_S, LOOKS_LATER_S, LATER_S = 0.0003, 0.005, 0.25

#: How long the file is left to the others between two transactions [s]: several looks of theirs.
LEAVES_S = 0.001

#: How often it is left to others although none was seen [s]; and how long one that was seen is thought of [s].
PROBES_S, REMEMBERS_S = 0.05, 1.0


class Turn:
    """Begins transactions that lock the file, and leaves it to others in between.

    SQLite has no queue for its lock: who waits looks now and then, ever more seldom, and a process with much to do
    takes the lock again before they do, so that others wait for seconds. Here all look often, and who has had the lock
    leaves it alone for a moment if there are others; whether there are, it finds out by doing so now and then.

    Parameters
    ----------
    patience_s
        How long to wait for the lock [s].
    """

    def __init__(self, *, patience_s: float) -> None:
        self._patience_s = patience_s
        self._ended = self._left = 0.0
        self._met = -REMEMBERS_S

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin a transaction once the file is free.

        Raises
        ------
        sqlite3.OperationalError
            If it stays locked, or cannot be written.
        """
        self._leave()
        begun = time.monotonic()
        while not _begins(connection, is_last=time.monotonic() - begun > self._patience_s):
            self._met = time.monotonic()
            pause = LOOKS_S if self._met - begun < LATER_S else LOOKS_LATER_S
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311  # nothing secret

    def end(self, connection: sqlite3.Connection) -> None:
        """Commit."""
        connection.execute("COMMIT")
        self._ended = time.monotonic()

    def _leave(self) -> None:
        """Leave the file to others, if it was ours a moment ago."""
        now = time.monotonic()
        if now - self._ended > LEAVES_S:
            self._left = now  # it has been free for a while
        elif now - self._met < REMEMBERS_S or now - self._left > PROBES_S:
            time.sleep(LEAVES_S)
            self._left = now


def _begins(connection: sqlite3.Connection, *, is_last: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_last or not code_of(error).startswith("SQLITE_BUSY"):
            raise
        return False
    return True
