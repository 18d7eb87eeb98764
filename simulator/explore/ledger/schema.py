"""Tables of a ledger, and how ledgers of earlier versions become ledgers of this one.

Identifiers are stored as their 32 bytes: a third less on disk than as text, and no slower. What is read for every cell
(``status``) lies apart from what is read for one (``document``), so that a million cells are counted at once.
Nothing is ordered by a clock: keys grow with time, and clocks are set back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.states import BLOCKED, CANCELLED, DONE, FAILED, PENDING, RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from sqlite3 import Connection

__all__ = ["APPLICATION_ID", "CODES", "MIGRATIONS", "TABLES", "VERSION", "WORDS"]

#: Marks an SQLite file as a ledger: "Swps".
APPLICATION_ID = 0x53777073
VERSION = 1

#: Step to the version that is named, from the one before it.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}

#: How states are stored. Numbers are never reused.
CODES = {PENDING: 0, RUNNING: 1, DONE: 2, FAILED: 3, CANCELLED: 4, STOPPED: 5, BLOCKED: 6}
WORDS = {code: word for word, code in CODES.items()}

TABLES = (
    # Facts about the ledger itself.
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE task (key INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, UNIQUE (name, version))",
    # A cell never changes. One that was adopted before it was planned has nothing but its id.
    "CREATE TABLE cell (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, row_id BLOB, slot INTEGER, task INTEGER,"
    " name TEXT)",
    "CREATE INDEX cell_slot ON cell (slot)",
    "CREATE TABLE document (cell INTEGER PRIMARY KEY, content TEXT NOT NULL, tags TEXT NOT NULL)",
    # Configurations within cells, once each.
    "CREATE TABLE part (id BLOB PRIMARY KEY, content TEXT NOT NULL)",
    # What has become of it. `begun` is the chunk that it runs in; `chances` the attempts before the last retry.
    "CREATE TABLE status (cell INTEGER PRIMARY KEY, state INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
    " chances INTEGER NOT NULL DEFAULT 0, begun INTEGER, shard INTEGER, first INTEGER, rows INTEGER,"
    " reason TEXT NOT NULL)",
    "CREATE INDEX status_begun ON status (begun) WHERE begun IS NOT NULL",
    "CREATE INDEX status_shard ON status (shard) WHERE shard IS NOT NULL",
    "CREATE TABLE attempt (cell INTEGER, number INTEGER, ended INTEGER NOT NULL, chunk INTEGER, started_s REAL,"
    " time_s REAL, cpu_s REAL, error TEXT, traceback TEXT, output TEXT, PRIMARY KEY (cell, number)) WITHOUT ROWID",
    "CREATE TABLE chunk (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, executor TEXT, job TEXT)",
    # A shard whose results lie in a larger one stays listed until its file is gone.
    "CREATE TABLE shard (key INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL, replaced INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE grid (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest TEXT NOT NULL)",
    # Name and tags are those of the cell unless this grid has others.
    "CREATE TABLE member (grid INTEGER, position INTEGER, cell INTEGER NOT NULL, line INTEGER NOT NULL, name TEXT,"
    " tags TEXT, PRIMARY KEY (grid, position)) WITHOUT ROWID",
    "CREATE INDEX member_cell ON member (cell)",
    # Digests of files, so that an unchanged one is not read again.
    "CREATE TABLE digest (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID",
)
