"""Turns at a file of SQLite."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time

import pytest

from simulator.service.database.turn import Turn


def connected(url):
    """Open the file as the writer does."""
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=0, check_same_thread=False)


class Busy(threading.Thread):
    """Takes the lock again as soon as it has given it back, and counts how often."""

    def __init__(self, url):
        super().__init__()
        self._connection = connected(url)
        self.is_over = False
        self.count = 0

    def run(self):
        turn = Turn(patience_s=60)
        while not self.is_over:
            turn.begin(self._connection)
            time.sleep(0.004)
            turn.end(self._connection)
            self.count += 1
        self._connection.close()


def test_who_has_much_to_do_lets_others_in(sqlite_url):
    """While one always has more to write, another waits for a few of its transactions, not for hundreds."""
    busy, other, turn = Busy(sqlite_url), connected(sqlite_url), Turn(patience_s=60)
    busy.start()
    try:
        waits = []
        for _ in range(20):
            before = busy.count
            turn.begin(other)
            turn.end(other)
            waits.append(busy.count - before)
            time.sleep(0.003)
    finally:
        busy.is_over = True
        busy.join()
        other.close()
    assert statistics.median(waits) < 25


def test_patience_ends(sqlite_url):
    """A file that stays locked is given up; the error is SQLite's own."""
    holder, other = connected(sqlite_url), connected(sqlite_url)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Turn(patience_s=0.05).begin(other)
    holder.execute("ROLLBACK")
    turn = Turn(patience_s=0.05)
    turn.begin(other)
    turn.end(other)
    assert not other.in_transaction
    holder.close()
    other.close()
