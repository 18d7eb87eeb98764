"""Transactions, on every database alike."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import stored
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from stored import add_job, adding, count, names, one_more

from simulator.errors import BadOperationError, DatabaseError, UnknownJobError
from simulator.service.database import Database
from simulator.service.database.tables import BatchSizeRow, JobRow, RetiredJobRow


def test_what_run_returned_is_there(database, database_url, run_async):
    """A work's value comes back once it is committed, for every other connection to see."""
    assert run_async(database.run(adding("a"))) == "a"

    async def look():
        other = Database(database_url)
        try:
            return await other.read(names)
        finally:
            await other.close()

    assert run_async(look()) == ["a"]


def test_a_work_that_raises_leaves_nothing(database, run_async):
    """Its own error comes back, and what it wrote is gone."""

    async def work(session):
        await adding("a")(session)
        raise UnknownJobError("no such job")

    with pytest.raises(UnknownJobError, match="no such job"):
        run_async(database.run(work))
    assert run_async(database.read(names)) == []


def test_of_works_that_share_a_commit_only_those_that_raise_are_undone(database, run_async):
    """Many at once: each stands for itself, whoever is before or after it."""

    async def failing(session):
        await adding("no")(session)
        raise UnknownJobError("no")

    async def story():
        works = [failing if i % 3 == 0 else adding(f"{i:02}") for i in range(30)]
        return await asyncio.gather(*map(database.run, works), return_exceptions=True)

    outcomes = run_async(story())
    assert [type(outcome) for outcome in outcomes[::3]] == [UnknownJobError] * 10
    assert run_async(database.read(names)) == [f"{i:02}" for i in range(30) if i % 3]


def test_a_row_that_is_there_already_is_the_works_own_affair(database, run_async):
    """Two with the same key: the work may catch that and go on, inside a savepoint; else it is raised as it is."""
    run_async(database.run(adding("a")))

    async def careful(session):
        try:
            async with session.begin_nested():
                await adding("a")(session)
        except IntegrityError:
            await adding("b")(session)

    run_async(database.run(careful))
    with pytest.raises(IntegrityError):
        run_async(database.run(adding("a")))
    assert run_async(database.read(names)) == ["a", "b"]


def test_a_work_may_undo_itself(database, run_async):
    """After `session.rollback` nothing that it did before remains, and nothing of others is touched."""

    async def undoing(session):
        session.add(RetiredJobRow(job_id="no", last_trial_number=1))
        await session.flush()
        await session.rollback()
        return await names(session)

    async def story():
        return await asyncio.gather(database.run(adding("a")), database.run(undoing), database.run(adding("b")))

    assert "no" not in run_async(story())[1]
    assert run_async(database.read(names)) == ["a", "b"]


def test_objects_and_statements_about_tables_see_one_another(database, run_async):
    """A work may mix both, and undo any of it; and nothing of one work is left to the next."""

    async def mixing(session):
        await adding("no")(session)
        await session.rollback()
        await adding("a")(session)
        async with session.begin_nested() as undone:
            await adding("no")(session)
            await undone.rollback()
        row = (await session.scalars(select(RetiredJobRow))).one()
        row.last_trial_number = 7
        await session.flush()
        table = RetiredJobRow.__table__
        await session.execute(table.update().values(last_trial_number=table.c.last_trial_number + 1))
        await session.refresh(row)
        session.add(RetiredJobRow(job_id="b", last_trial_number=row.last_trial_number))

    async def looking(session):
        assert not list(session.identity_map)
        return [(row.job_id, row.last_trial_number) for row in await session.scalars(select(RetiredJobRow))]

    run_async(database.run(mixing))
    assert sorted(run_async(database.run(looking))) == [("a", 8), ("b", 8)]
    assert run_async(database.read(names)) == ["a", "b"]


def test_a_work_does_not_commit(database, run_async):
    """Half a work must never be stored, so a work that commits is refused, whole."""

    async def work(session):
        await adding("a")(session)
        await session.commit()

    with pytest.raises(BadOperationError, match="does not commit"):
        run_async(database.run(work))
    assert run_async(database.read(names)) == []


def test_no_count_is_lost_among_many_tasks(database, run_async):
    """A hundred tasks that read, add one and write come to a hundred, each with its own number."""

    async def story():
        await database.run(adding("n"))
        return await asyncio.gather(*(database.run(one_more) for _ in range(100)))

    assert sorted(run_async(story())) == list(range(1, 101))
    assert run_async(database.read(count)) == 100


COUNTER = """
import asyncio, sys
sys.path[:0] = {path!r}
from simulator.service.database import Database
from stored import one_more

async def main():
    database = Database({url!r})
    await asyncio.gather(*(database.run(one_more) for _ in range(50)))
    await database.close()

asyncio.run(main())
"""


def test_no_count_is_lost_among_processes(database, database_url, run_async):
    """Four processes do the same at once."""
    run_async(database.run(adding("n")))
    code = COUNTER.format(path=[str(Path(stored.__file__).parent)], url=database_url)
    processes = [subprocess.Popen([sys.executable, "-W", "error", "-c", code]) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0] * 4
    assert run_async(database.read(count)) == 200


def test_reading_sees_one_moment_and_holds_nobody_up(database, run_async):
    """A long read sees none of what is written while it reads, and what writes does not wait for it."""
    begun, written = threading.Event(), threading.Event()

    async def long_look(session):
        before = await names(session)
        begun.set()
        if database.dialect == "sqlite":  # reads have threads of their own there
            assert written.wait(30)
        else:
            await asyncio.wait_for(asyncio.to_thread(written.wait), 30)
        return before, await names(session)

    async def story():
        reading = asyncio.create_task(database.read(long_look))
        await asyncio.to_thread(begun.wait, 30)
        await database.run(adding("a"))
        written.set()
        return await reading

    assert run_async(story()) == ([], [])
    assert run_async(database.read(names)) == ["a"]


def test_what_reads_cannot_write(database, run_async):
    """A read that writes is refused by the database itself, and the next read works."""
    with pytest.raises(DatabaseError):
        run_async(database.read(adding("a")))
    assert run_async(database.read(names)) == []


def test_who_gives_up_waiting_hurts_nobody(database, run_async):
    """A task that is cancelled ends at once; the database goes on."""

    async def story():
        tasks = [asyncio.create_task(database.run(adding(f"{i:02}"))) for i in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await database.run(adding("last"))
        return outcomes

    outcomes = run_async(story())
    found = run_async(database.read(names))
    assert [f"{i:02}" in found for i in range(1, 20, 2)] == [True] * 10
    assert outcomes[1::2] == [f"{i:02}" for i in range(1, 20, 2)]
    assert found[-1] == "last"


def test_rows_under_a_deleted_one_go_with_it(database, run_async):
    """Foreign keys are enforced on every database: no batch size outlives its job, and none comes before it."""

    async def orphan(session):
        await session.execute(insert(BatchSizeRow), [{"job_id": "nobody", "batch_size": 1}])

    async def story(session):
        await add_job(session)
        await session.execute(delete(JobRow))
        return await session.scalar(select(func.count()).select_from(BatchSizeRow))

    with pytest.raises(IntegrityError):
        run_async(database.run(orphan))
    assert run_async(database.run(story)) == 0


def test_closing_finishes_what_was_asked_for(database_url, run_async):
    """Works that wait are done before the connections close; afterwards none is taken."""

    async def story():
        database = Database(database_url)
        tasks = [asyncio.create_task(database.run(adding(f"{i}"))) for i in range(5)]
        await asyncio.sleep(0)
        if database.dialect == "postgresql":
            await asyncio.gather(*tasks)
        await database.close()
        return await asyncio.gather(*tasks)

    assert run_async(story()) == [f"{i}" for i in range(5)]
