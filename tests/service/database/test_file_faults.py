"""What can happen to a file: each time the error says what to do, and nothing that was committed is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import stored
from sqlalchemy import text
from stored import adding, names

from simulator.errors import DatabaseError, ServiceError
from simulator.service.database import Database, migrate


def outcome(url, work, *, patience_s=30.0, reads=False):
    """Return the error of a work, as text."""

    async def story():
        database = Database(url, patience_s=patience_s)
        try:
            await (database.read(work) if reads else database.run(work))
        except DatabaseError as error:
            return str(error)
        finally:
            await database.close()
        return None

    return asyncio.run(story())


def clean(message):
    """Tell whether a message is one for operators: no statement, no library's link."""
    return message is not None and not any(word in message for word in ("SELECT", "INSERT", "[SQL", "sqlalche.me"))


@pytest.mark.parametrize("reads", [False, True])
def test_no_file(tmp_path, reads):
    """A file that is missing is neither used nor created."""
    message = outcome(f"sqlite:///{tmp_path}/no.db", names, reads=reads)
    assert "cannot be opened" in message
    assert clean(message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reads", [False, True])
def test_no_database(tmp_path, reads):
    """A file that is something else stays what it is."""
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, no database\n" * 100)
    message = outcome(f"sqlite:///{path}", names, reads=reads)
    assert "no database of SQLite" in message
    assert clean(message)
    with pytest.raises(DatabaseError, match="no database of SQLite"):
        asyncio.run(migrate(f"sqlite:///{path}"))
    assert path.read_text().startswith("these are notes")


def test_no_tables(tmp_path):
    """An empty database needs a migration, and the error says so."""
    sqlite3.connect(tmp_path / "empty.db").close()
    message = outcome(f"sqlite:///{tmp_path}/empty.db", names)
    assert "simulator serve migrate" in message
    assert clean(message)


def test_no_folder_to_make_it_in(tmp_path):
    """Migrating into a folder that is not there says what is needed."""
    with pytest.raises(DatabaseError, match="is its folder there"):
        asyncio.run(migrate(f"sqlite:///{tmp_path}/nowhere/jobs.db"))


WITHOUT_RIGHTS = """
import asyncio, os, sys
sys.path.insert(0, {tests!r})
from stored import adding, names
from simulator.errors import DatabaseError
from simulator.service.database import Database

async def main():
    database = Database({url!r})
    await database.read(names)
    await database.close()
    os.chmod({path!r}, 0o444)
    os.chmod(os.path.dirname({path!r}), 0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)
    database = Database({url!r})
    try:
        await database.run(adding("a"))
    except DatabaseError as error:
        print(error)
    await database.close()

asyncio.run(main())
"""


def test_a_file_that_may_not_be_written(sqlite_url):
    """Who lacks rights is told which ones; root needs none, so that root's test runs as nobody."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.db"
        path.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
        code = WITHOUT_RIGHTS.format(tests=str(Path(stored.__file__).parent), path=str(path), url=f"sqlite:///{path}")
        Path(folder).chmod(0o755)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        Path(folder).chmod(0o700)
    assert "writable" in done.stdout or "may the user of the service write" in done.stdout, done.stderr
    assert clean(done.stdout)


def test_a_file_that_is_removed_while_it_is_open(sqlite_url, migrated_file):
    """Nothing is written to a file that nobody can find again; a copy put in its place is used from then on."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))

    async def story():
        database = Database(sqlite_url)
        await database.run(adding("before"))
        for beside in path.parent.glob("jobs.db*"):
            beside.unlink()
        refused = await asyncio.gather(database.run(adding("no")), database.read(names), return_exceptions=True)
        path.write_bytes(migrated_file.read_bytes())
        await database.run(adding("after"))
        found = await database.read(names)
        await database.close()
        return refused, found

    refused, found = asyncio.run(story())
    assert all(isinstance(one, DatabaseError) and "cannot be opened" in str(one) for one in refused)
    assert found == ["after"]


def test_a_file_that_stays_locked(sqlite_url):
    """All who wait are told together, and once the lock is gone all goes on."""
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    async def story():
        database = Database(sqlite_url, patience_s=0.3)
        begun = time.monotonic()
        works = [database.run(adding(str(i))) for i in range(20)]
        refused = await asyncio.gather(*works, return_exceptions=True)
        waited_s = time.monotonic() - begun
        holder.execute("ROLLBACK")
        await database.run(adding("after"))
        found = await database.read(names)
        await database.close()
        return refused, waited_s, found

    refused, waited_s, found = asyncio.run(story())
    holder.close()
    assert all(isinstance(one, DatabaseError) and "stays locked" in str(one) for one in refused)
    assert waited_s < 20 * 0.3  # not one after another
    assert found == ["after"]


def test_a_lock_that_is_given_back_in_time(sqlite_url):
    """Who waits for a while gets what was asked for."""
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.4, lambda: holder.execute("COMMIT"))
    timer.start()
    assert outcome(sqlite_url, adding("a")) is None
    timer.join()
    holder.close()
    assert outcome(sqlite_url, names) is None


def filling(session):
    """Store more than there is room for."""
    return session.execute(
        text(
            "INSERT INTO retired_job WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 99999) "
            "SELECT 'big' || i, i FROM n"
        )
    )


def test_a_full_file_fails_only_those_that_have_no_room(sqlite_url):
    """SQLite undoes the whole transaction then; works that shared it are run again, each alone."""

    async def limit(session):
        await session.execute(text("PRAGMA max_page_count = 60"))

    async def big(session):
        await limit(session)
        await filling(session)

    async def story():
        database = Database(sqlite_url)
        works = [adding("a"), adding("b"), big, adding("c")]
        outcomes = await asyncio.gather(*map(database.run, works), return_exceptions=True)
        found = await database.read(names)
        await database.close()
        return outcomes, found

    outcomes, found = asyncio.run(story())
    assert isinstance(outcomes[2], DatabaseError)
    assert "no space is left" in str(outcomes[2])
    assert clean(str(outcomes[2]))
    assert [outcomes[i] for i in (0, 1, 3)] == ["a", "b", "c"]
    assert found == ["a", "b", "c"]


def test_a_full_disk(migrated_file, tmp_path):
    """On a disk without room works fail, reads go on, and when there is room again, so do works."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk (root)")
    try:
        url = f"sqlite:///{tmp_path}/jobs.db"
        (tmp_path / "jobs.db").write_bytes(migrated_file.read_bytes())

        async def story():
            database = Database(url)
            await database.run(adding("before"))
            ballast = tmp_path / "ballast"
            with ballast.open("wb") as file, contextlib.suppress(OSError):
                while True:
                    os.write(file.fileno(), b"x" * 4096)
            works = [database.run(adding(f"{i}" * 300)) for i in range(10)]
            outcomes = await asyncio.gather(*works, return_exceptions=True)
            during = await database.read(names)
            ballast.unlink()
            await database.run(adding("after"))
            found = await database.read(names)
            await database.close()
            return outcomes, during, found

        outcomes, during, found = asyncio.run(story())
        failed = [str(one) for one in outcomes if isinstance(one, DatabaseError)]
        assert failed
        assert all(("no space is left" in one or "disk" in one) and clean(one) for one in failed)
        stored_ones = [one for one in outcomes if isinstance(one, str)]
        assert during == sorted([*stored_ones, "before"])
        assert found == sorted([*stored_ones, "before", "after"])
    finally:
        subprocess.run(["umount", tmp_path], check=False)


def test_a_work_that_waits_for_something_else_is_refused(sqlite_url):
    """It would hold up all others; the error is its author's, and others are not harmed."""

    async def story():
        database = Database(sqlite_url)

        async def waiting(session):
            await adding("no")(session)
            await asyncio.sleep(0)

        outcomes = await asyncio.gather(
            database.run(waiting), database.run(adding("a")), database.read(waiting), return_exceptions=True
        )
        found = await database.read(names)
        await database.close()
        return outcomes, found

    outcomes, found = asyncio.run(story())
    assert isinstance(outcomes[0], ServiceError)
    assert "nothing but its session" in str(outcomes[0])
    assert found == ["a"]


WRITES = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from stored import adding
from simulator.service.database import Database

async def main():
    database = Database({url!r})
    async def client(i):
        for j in range(10**6):
            print(await database.run(adding(f"{{i}}-{{j}}")), flush=True)
    await asyncio.gather(*map(client, range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.4])
def test_killed_at_any_moment_it_has_all_that_was_acknowledged(sqlite_url, after_s):
    """kill -9: what `run` returned is in the file."""
    code = WRITES.format(tests=str(Path(stored.__file__).parent), url=sqlite_url)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    acknowledged = [process.stdout.readline().strip()]
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    acknowledged += process.communicate(timeout=30)[0].split("\n")[:-1]
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        found = {name for (name,) in connection.execute("SELECT job_id FROM retired_job")}
    connection.close()
    assert len(acknowledged) > 1
    assert set(acknowledged) <= found
