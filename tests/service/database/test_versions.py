"""Migrations: up, down, up; by many at once; and what is said of other versions."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import column, insert, inspect, select, table, text
from stored import A_JOB, EPOCH, add_job

from simulator.errors import DatabaseError
from simulator.service.database import Database, check_version, current, downgrade, migrate
from simulator.service.database.tables import Base, BatchSizeRow, JobRow, TrialRow
from simulator.service.database.versions import on_connection
from simulator.service.layer import ServiceLayer
from simulator.service.model import Ending, Origin, TrialStatus, TrialType

HEAD = "0002"


def differences(connection):
    """Compare the database with the tables as they are declared."""
    options = {"compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def statement(sql):
    """Return something to run on a connection."""
    return lambda connection: connection.execute(text(sql))


def with_database(url, work):
    """Open a database for one work."""

    async def story():
        database = Database(url)
        try:
            return await database.run(work)
        finally:
            await database.close()

    return asyncio.run(story())


async def job_ids(session):
    """Read which jobs there are."""
    return list(await session.scalars(select(JobRow.job_id)))


def test_migrations_lead_to_the_tables_as_declared(bare_url):
    """Nothing is missing, nothing too much, every type the same."""
    asyncio.run(migrate(bare_url))
    assert asyncio.run(on_connection(bare_url, differences)) == []
    asyncio.run(check_version(bare_url))


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX trial_status_lease",
        "ALTER TABLE job ADD COLUMN spare INTEGER",
        "ALTER TABLE trial DROP COLUMN metric",
        "DROP TABLE reward",
    ],
)
def test_a_difference_would_be_seen(database_url, change):
    """The comparison above is able to fail."""
    asyncio.run(on_connection(database_url, statement(change)))
    assert asyncio.run(on_connection(database_url, differences))


def test_up_down_up_with_jobs_in_it(bare_url):
    """Going back removes what a version brought, also when jobs are stored, and going forward again works."""
    assert asyncio.run(migrate(bare_url)) is None
    with_database(bare_url, add_job)
    assert with_database(bare_url, job_ids) == ["resnet"]
    asyncio.run(downgrade(bare_url, "base"))
    assert asyncio.run(current(bare_url)) is None
    left = asyncio.run(on_connection(bare_url, lambda connection: inspect(connection).get_table_names()))
    assert left == ["alembic_version"]
    asyncio.run(migrate(bare_url))
    assert asyncio.run(current(bare_url)) == HEAD
    with_database(bare_url, add_job)
    assert with_database(bare_url, job_ids) == ["resnet"]


def add_old_history(connection):
    """Store a job as version 0001 does, with a trial that was entered, one that ran, and one under way."""
    columns = [column(each.name, each.type) for each in TrialRow.__table__.c if each.name != "origin"]
    connection.execute(insert(JobRow.__table__), [A_JOB | {"last_trial_number": 3, "n_observed": 2}])
    connection.execute(insert(BatchSizeRow.__table__), [{"job_id": "resnet", "batch_size": 32}])
    usual = {
        "job_id": "resnet", "batch_size": 32, "power_limit_w": 100, "type": TrialType.MAB,
        "status": TrialStatus.SUCCEEDED, "reason": "x", "epoch": 3,
        "energy_j": -0.0, "time_s": 0.1, "metric": 5e-324, "cost": 1.5, "converged": True,
        "started_at": EPOCH, "ended_at": EPOCH, "lease_until": EPOCH,
    }  # fmt: skip
    running = {
        "status": TrialStatus.DISPATCHED,
        "ending": None,
        "observation": None,
        "ended_at": None,
        "converged": None,
    }
    running |= {"metric": None, "cost": None}
    rows = [
        usual | {"number": 1, "ending": Ending.RECORDED, "observation": 1},
        usual | {"number": 2, "ending": Ending.REPORTED, "observation": 2},
        usual | running | {"number": 3},
    ]
    connection.execute(insert(table("trial", *columns)), rows)


def rows_of(connection):
    """Read every row of every table as it lies there, but for what version 0002 adds."""
    found = {}
    for name in inspect(connection).get_table_names():
        columns = [each["name"] for each in inspect(connection).get_columns(name) if each["name"] != "origin"]
        if name != "alembic_version":
            found[name] = sorted(map(repr, connection.execute(select(*map(column, columns)).select_from(table(name)))))
    return found


def test_an_old_database_is_upgraded_with_all_that_is_in_it(bare_url):
    """Nothing is lost, up or down; of what was entered before, nobody knows where it comes from."""
    asyncio.run(migrate(bare_url, "0001"))
    asyncio.run(on_connection(bare_url, add_old_history))
    before = asyncio.run(on_connection(bare_url, rows_of))
    assert {name: len(rows) for name, rows in before.items() if rows} == {"job": 1, "batch_size": 1, "trial": 3}
    with pytest.raises(DatabaseError, match=r"older version \(0001; this one needs 0002\).*simulator serve migrate"):
        asyncio.run(check_version(bare_url))
    asyncio.run(migrate(bare_url))
    asyncio.run(check_version(bare_url))
    assert asyncio.run(on_connection(bare_url, differences)) == []
    assert asyncio.run(on_connection(bare_url, rows_of)) == before

    async def trials(session):
        return await ServiceLayer(session).list_trials("resnet")

    found = with_database(bare_url, trials)
    assert [trial.origin for trial in found] == [Origin.UNKNOWN, Origin.LIVE, Origin.LIVE]
    assert [trial.started_at for trial in found] == [EPOCH] * 3
    asyncio.run(downgrade(bare_url, "0001"))
    assert asyncio.run(on_connection(bare_url, rows_of)) == before


def test_migrating_again_changes_nothing(database_url):
    """A server that starts again keeps its jobs."""
    with_database(database_url, add_job)
    asyncio.run(migrate(database_url))
    assert with_database(database_url, job_ids) == ["resnet"]


MIGRATES = "import asyncio, sys; from simulator.service.database import migrate; asyncio.run(migrate(sys.argv[1]))"


def test_four_processes_may_migrate_at_once(bare_url):
    """Workers that start together all find the database ready."""
    words = [sys.executable, "-W", "error", "-c", MIGRATES, bare_url]
    processes = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
    asyncio.run(check_version(bare_url))


def test_a_migration_that_fails_leaves_no_half(bare_url):
    """All steps are one transaction: a table that is in the way leaves the database as it was."""
    asyncio.run(on_connection(bare_url, statement("CREATE TABLE idempotency_key (x INTEGER)"), creates=True))
    with pytest.raises(DatabaseError):
        asyncio.run(migrate(bare_url))
    left = asyncio.run(on_connection(bare_url, lambda connection: inspect(connection).get_table_names()))
    assert left == ["idempotency_key"]


def test_an_older_version_is_told_how_to_go_on(database_url):
    """The error names the command that helps."""
    asyncio.run(downgrade(database_url, "base"))
    with pytest.raises(DatabaseError, match=r"older version .*simulator serve migrate"):
        asyncio.run(check_version(database_url))


def test_a_newer_version_is_left_alone(database_url):
    """A database that a later simulator has migrated is neither used nor migrated."""
    asyncio.run(on_connection(database_url, statement("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(DatabaseError, match=r"newer version \(9999\)"):
        asyncio.run(check_version(database_url))
    with pytest.raises(DatabaseError, match="update the simulator"):
        asyncio.run(migrate(database_url))
    with pytest.raises(DatabaseError, match="update the simulator"):
        asyncio.run(downgrade(database_url, "base"))
    assert asyncio.run(current(database_url)) == "9999"


def test_asking_for_the_version_makes_no_file(tmp_path):
    """Only migrating creates a database."""
    with pytest.raises(DatabaseError, match="cannot be opened"):
        asyncio.run(check_version(f"sqlite:///{tmp_path}/no.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_revision_that_is_not_there(database_url):
    """The error lists those that are."""
    with pytest.raises(DatabaseError, match=f"'7777'.*there are {HEAD}, 0001"):
        asyncio.run(migrate(database_url, "7777"))
    with pytest.raises(DatabaseError, match=f"'7777'.*there are {HEAD}, 0001"):
        asyncio.run(downgrade(database_url, "7777"))
