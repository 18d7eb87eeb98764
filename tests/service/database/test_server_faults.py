"""What can happen to a server and the way to it: each time the error says what to do, and nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import postgres
import pytest
from sqlalchemy import text, update
from stored import TABLE, adding, names

from simulator.errors import DatabaseError
from simulator.service.database import Database, migrate
from simulator.service.database.server import TRIES


@contextlib.asynccontextmanager
async def opened(url, **options):
    """Open a database, and close it."""
    database = Database(url, **options)
    try:
        yield database
    finally:
        await database.close()


def refused(url, work=names, **options):
    """Return the error of a work, as text."""

    async def story():
        async with opened(url, **options) as database:
            with pytest.raises(DatabaseError) as raised:
                await database.run(work)
            return str(raised.value)

    return asyncio.run(story())


def changed(url, **parts):
    """Return the URL with another user, password, port or name."""
    pieces = urlsplit(url)
    user, password = parts.get("user", pieces.username), parts.get("password", pieces.password)
    place = f"{user}:{password}@{parts.get('host', pieces.hostname)}:{parts.get('port', pieces.port)}"
    return urlunsplit(pieces._replace(netloc=place, path=parts.get("path", pieces.path)))


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"password": "s3cret-guess"}, "does not let this user in"),
        ({"user": "nobody-here", "password": "s3cret-guess"}, "does not let this user in"),
        ({"path": "/no_such_database"}, "no such database"),
        ({"port": 9, "password": "s3cret-guess"}, "cannot be reached"),
        ({"host": "no-such-host.invalid", "password": "s3cret-guess"}, "cannot be reached"),
    ],
)
def test_what_is_wrong_with_the_url(postgres_url, parts, says):
    """User, password, name, port, host: the error says which, and shows no password."""
    url = changed(postgres_url, **parts)
    for message in (refused(url), migration_refused(url)):
        assert says in message
        assert "s3cret-guess" not in message
        assert urlsplit(postgres_url).password not in message


def migration_refused(url):
    """Return the error of a migration, as text."""
    with pytest.raises(DatabaseError) as raised:
        asyncio.run(migrate(url))
    return str(raised.value)


def test_no_tables(bare_postgres_url):
    """An empty database needs a migration, and the error says so without the statement that failed."""
    message = refused(bare_postgres_url)
    assert "simulator serve migrate" in message
    assert "SELECT" not in message


def test_a_row_that_stays_locked(postgres_url):
    """Waiting for a row ends after a while."""

    async def story():
        async with opened(postgres_url, patience_s=0.3) as database:
            await database.run(adding("a"))
            other = await asyncpg.connect(postgres_url)
            async with other.transaction():
                await other.execute("SELECT * FROM retired_job FOR UPDATE")
                with pytest.raises(DatabaseError, match="stays locked"):
                    await database.run(lambda session: session.execute(update(TABLE).values(last_trial_number=1)))
            await other.close()
            await database.run(lambda session: session.execute(update(TABLE).values(last_trial_number=1)))

    asyncio.run(story())


def test_connections_that_are_all_in_use(postgres_url):
    """Who finds no connection free for too long is told how many there are."""

    async def story():
        free, taken = asyncio.Event(), asyncio.Barrier(3)

        async def slow(session):
            await names(session)
            await taken.wait()
            await free.wait()

        async with opened(postgres_url, pool_size=2, patience_s=0.3) as database:
            holders = [asyncio.create_task(database.run(slow)) for _ in range(2)]
            await taken.wait()
            with pytest.raises(DatabaseError, match="all 2 connections"):
                await database.run(names)
            free.set()
            await asyncio.gather(*holders)

    asyncio.run(story())


def test_works_that_lock_each_other_out_are_both_done(postgres_url):
    """PostgreSQL ends one of two that wait for each other; it is run again."""

    async def story():
        met, runs = asyncio.Barrier(2), []

        def crossing(first, second):
            async def work(session):
                runs.append(first)
                await session.execute(update(TABLE).where(TABLE.c.job_id == first).values(last_trial_number=1))
                if len(runs) <= 2:
                    await met.wait()
                await session.execute(update(TABLE).where(TABLE.c.job_id == second).values(last_trial_number=1))

            return work

        async with opened(postgres_url) as database:
            await database.run(adding("a"))
            await database.run(adding("b"))
            await asyncio.gather(database.run(crossing("a", "b")), database.run(crossing("b", "a")))
        return runs

    assert len(asyncio.run(story())) == 3


def test_a_work_is_not_run_for_ever(postgres_url):
    """What fails each time is given up after a few runs, and the error says why."""

    async def story():
        runs = []

        async def work(session):
            runs.append(1)
            await session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"))

        async with opened(postgres_url) as database:
            with pytest.raises(DatabaseError, match="changed by others each time"):
                await database.run(work)
        return len(runs)

    assert asyncio.run(story()) == TRIES


def test_a_connection_that_breaks_before_the_commit_is_no_matter(postgres_url):
    """Nothing was committed, so the work is run again, on another connection, and stored once."""

    async def story():
        runs = []

        async def work(session):
            runs.append(1)
            await adding("a")(session)
            if len(runs) == 1:
                await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        async with opened(postgres_url) as database:
            await database.run(work)
            return len(runs), await database.read(names)

    assert asyncio.run(story()) == (2, ["a"])


BREAKS_AT_COMMIT = """
CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER break AFTER INSERT ON retired_job DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION break();
"""


def test_a_connection_that_breaks_at_the_commit_leaves_it_open(postgres_url):
    """Nobody knows whether the work was stored, so it is not run again, and the error says so."""

    async def story():
        runs = []

        async def work(session):
            runs.append(1)
            await adding("a")(session)

        other = await asyncpg.connect(postgres_url)
        await other.execute(BREAKS_AT_COMMIT)
        await other.close()
        async with opened(postgres_url) as database:
            with pytest.raises(DatabaseError, match="nobody can say whether it was"):
                await database.run(work)
            await database.read(names)
        return len(runs)

    assert asyncio.run(story()) == 1


def test_a_server_that_crashes_and_comes_back():
    """Works fail with a plain error while it is away; what was committed is there once it is back."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.Postgres(fsync="on") as server:
        url = server.url_of(server.create())
        asyncio.run(migrate(url))

        async def story():
            async with opened(url) as database:
                await asyncio.gather(*(database.run(adding(f"{i}")) for i in range(8)))
                await asyncio.to_thread(server.kill)
                with pytest.raises(DatabaseError, match=r"cannot be reached|is the server running|being shut down"):
                    await database.run(adding("during"))
                await asyncio.to_thread(server.start)
                return await wait_for(database.read)

        async def wait_for(read):
            until = time.monotonic() + 60
            while True:
                try:
                    return await read(names)
                except DatabaseError:
                    if time.monotonic() > until:
                        raise
                    await asyncio.sleep(0.1)

        assert asyncio.run(story()) == [f"{i}" for i in range(8)]
