"""A ledger of an earlier version becomes one of this version, and is never half of each."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from small_ledgers import plan

from simulator.errors import LedgerError
from simulator.explore.ledger import Ledger, connect
from simulator.explore.ledger.migrate import migrate, version_of
from simulator.explore.ledger.schema import VERSION


def add_column(con):
    con.execute("ALTER TABLE cell ADD COLUMN colour TEXT")


def fill_column(con):
    con.execute("UPDATE cell SET colour = 'red'")


STEPS = {VERSION + 1: add_column, VERSION + 2: fill_column}


@pytest.fixture
def sweep(tmp_path):
    with Ledger.open(tmp_path) as ledger:
        plan(ledger, range(5))
    return tmp_path


@pytest.fixture
def con(sweep):
    con = sqlite3.connect(sweep / "ledger.db", isolation_level=None)
    yield con
    con.close()


def opened(path):
    con = sqlite3.connect(path)
    try:
        columns = [row[1] for row in con.execute("PRAGMA table_info (cell)")]
        return version_of(con), "colour" in columns, con.execute("SELECT count(*) FROM cell").fetchone()[0]
    finally:
        con.close()


def test_steps_are_taken_in_order_and_the_old_ledger_is_kept(sweep, con):
    """Under its version."""
    migrate(con, sweep, STEPS, VERSION + 2)
    assert con.execute("SELECT DISTINCT colour FROM cell").fetchall() == [("red",)]
    assert opened(sweep / "ledger.db") == (VERSION + 2, True, 5)
    assert opened(sweep / f"ledger.v{VERSION}.db") == (VERSION, False, 5)
    assert int.from_bytes((sweep / "ledger.db").read_bytes()[60:64], "big") == VERSION + 2


def test_a_ledger_of_this_version_is_left_alone(sweep, con):
    """No copy is made."""
    migrate(con, sweep)
    assert not (sweep / f"ledger.v{VERSION}.db").exists()


def test_a_step_that_fails_leaves_the_old_ledger(sweep, con):
    """Steps before it are undone, too."""

    def fails(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate(con, sweep, {**STEPS, VERSION + 2: fails}, VERSION + 2)
    assert opened(sweep / "ledger.db") == (VERSION, False, 5)
    migrate(con, sweep, STEPS, VERSION + 2)
    assert version_of(con) == VERSION + 2


def test_a_missing_step_is_said(sweep, con):
    """Nothing is tried."""
    with pytest.raises(LedgerError, match=f"no way leads to version {VERSION + 2}"):
        migrate(con, sweep, {VERSION + 1: add_column}, VERSION + 2)
    assert opened(sweep / "ledger.db") == (VERSION, False, 5)


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from simulator.explore.ledger.migrate import migrate
from simulator.explore.ledger.schema import VERSION
folder = Path(sys.argv[1])
con = sqlite3.connect(folder / "ledger.db", isolation_level=None)
def add(con):
    con.execute("ALTER TABLE cell ADD COLUMN colour TEXT")
def die(con):
    os.kill(os.getpid(), signal.SIGKILL)
migrate(con, folder, {VERSION + 1: add, VERSION + 2: die}, VERSION + 2)
"""


def test_killed_in_the_middle_it_is_the_old_ledger(sweep):
    """Which this version opens as if nothing had been."""
    ended = subprocess.run([sys.executable, "-c", KILLED, str(sweep)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with Ledger.open(sweep) as ledger:
        assert len(ledger.todo("night")) == 5
    assert opened(sweep / "ledger.db") == (VERSION, False, 5)
    assert opened(sweep / f"ledger.v{VERSION}.db") == (VERSION, False, 5)


def test_a_reader_does_not_migrate(sweep, monkeypatch):
    """It says what will."""
    monkeypatch.setattr(connect, "VERSION", VERSION + 1)
    before = (sweep / "ledger.db").read_bytes()
    with pytest.raises(LedgerError, match=r"written by an earlier simulator.*run the plan once"):
        Ledger.open(sweep, write=False)
    assert (sweep / "ledger.db").read_bytes() == before
    assert not list(os.scandir(sweep / "shards"))
