"""Turns at a file of SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics

import pytest
from stored import adding, names

from simulator.service.database import Database
from simulator.service.database.turn import Turn


def connected(url):
    """Open the file as the writer does."""
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=0, check_same_thread=False)


def test_who_has_much_to_do_lets_others_in(sqlite_url):
    """While one writer always has more to write, another waits for a few of its commits, not for hundreds."""

    async def story():
        busy, other = Database(sqlite_url), Database(sqlite_url)
        done, is_over = 0, False

        async def client(i):
            nonlocal done
            for j in range(10**6):
                if is_over:
                    return
                await busy.run(adding(f"{i}-{j}"))
                done += 1

        clients = [asyncio.create_task(client(i)) for i in range(32)]
        waits = []
        for k in range(30):
            before = done
            await other.run(adding(f"other-{k}"))
            waits.append(done - before)
        is_over = True
        await asyncio.gather(*clients)
        stored_names = await busy.read(names)
        await busy.close()
        await other.close()
        return waits, done, stored_names

    waits, done, stored_names = asyncio.run(story())
    assert len(stored_names) == done + 30
    assert statistics.median(waits) < 500


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
