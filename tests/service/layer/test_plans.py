"""What a request costs does not grow with what is stored: few statements, each through an index."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from layered import LATER, NOW, a_spec, an_arm, finish, hand_out
from sqlalchemy import text

from simulator.service.model import Stage, TrialStatus, TrialType

#: Tests of one kind of database.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def settle(sessions):
    """Store a job that samples, with results and a trial under way, beside others."""
    sessions.register(a_spec(window_size=5), *(a_spec(f"other {k}") for k in range(5)))

    async def fill(layer):
        await layer.get_job("resnet")
        await layer.update_job_stage("resnet", Stage.MAB)
        await layer.create_arms([an_arm()])
        for _ in range(8):
            await finish(layer, await hand_out(layer))
        await hand_out(layer)

    sessions(fill)
    return sessions


@pytest.fixture
def settled(sessions):
    """Such a job in a database of each kind."""
    return settle(sessions)


async def dispatch(layer):
    """Hand out a trial, as a request does."""
    await layer.get_job("resnet", lock=True)
    await layer.expire_trials("resnet", NOW)
    await layer.create_trial("resnet", TrialType.MAB, 32, reason="", lease_until=LATER)
    await layer.update_policy("resnet", revision=1, state={}, generator={})


async def report(layer):
    """Take a report in the middle of a run, as a request does."""
    await layer.get_job("resnet", lock=True)
    await layer.get_trial("resnet", 32, 9)
    await layer.renew_trial("resnet", 32, 9, lease_until=LATER, epoch=1, energy_j=1, time_s=1, metric=0.1)


async def report_last(layer):
    """Take the final report of a run that is none of the cheapest, as a request does."""
    await layer.get_job("resnet", lock=True)
    trial = await layer.get_trial("resnet", 32, 9)
    await finish(layer, trial, 1e6)
    await layer.append_rewards("resnet", [(1, 8, -1e6)])
    await layer.put_arms([an_arm(n_observations=9)])
    await layer.update_policy("resnet", revision=1, state={}, n_observed=9)


@pytest.mark.parametrize(("story", "most"), [(dispatch, 5), (report, 3), (report_last, 6)])
def test_few_statements(settled, story, most):
    """A request is a handful of statements, so that many fit into a second."""
    sent = settled.counted(story)
    assert 0 < len(sent) <= most, [statement for statement, _ in sent]


async def read_trials(layer):
    """Read trials in each way that requests and people do."""
    await layer.get_job("resnet")
    await layer.get_explorations_of_job("resnet")
    await layer.get_running_exploration("resnet")
    await layer.get_trial_results_of_bs("resnet", 32)
    await layer.get_last_failure("resnet", 32, by=NOW)
    await layer.list_silent_jobs(NOW)
    await layer.count_fleet()
    for status in (None, *TrialStatus):
        await layer.list_trials("resnet", after=3, status=status)
    await layer.sum_costs("resnet")
    await layer.get_rewards("resnet", since=[1, 2, 3])
    await layer.find_key("resnet", "k")
    await layer.list_jobs(after="other 1")


#: How SQLite says that it walks through a whole table or index.
WHOLE = re.compile(r"\bSCAN (?!\d+ CONSTANT|SUBQUERY|\()")

#: How it says that it walks through all that a job ever stored.
LIFELONG = re.compile(r"\b(?:trial|reward) USING .*(?:PRIMARY KEY|trial_job_size_status) \(job_id=\?\)")

#: Statements that may: counts of all jobs, and sums over all trials of a job.
MAY = re.compile("GROUP BY job.stage|GROUP BY trial.batch_size")


def plans(url, sent):
    """Ask SQLite how it finds the rows of each statement."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return {
            statement: [
                str(row[3])
                for row in connection.execute(
                    f"EXPLAIN QUERY PLAN {statement}", parameters[0] if isinstance(parameters, list) else parameters
                )
            ]
            for statement, parameters in sent
        }


@SQLITE
@pytest.mark.parametrize("story", [dispatch, report, report_last, read_trials])
def test_no_table_is_walked_through(settled, database_url, story):
    """Each statement finds its rows by an index, and not by going through all that its job ever stored."""
    sent = [(s, p) for s, p in settled.counted(story) if not MAY.search(s)]
    found = plans(database_url, sent)
    assert len(found) >= 3
    for walk in (WHOLE, LIFELONG):
        assert {statement: plan for statement, plan in found.items() if any(map(walk.search, plan))} == {}


@SQLITE
def test_a_walk_through_would_be_seen(settled, database_url):
    """The test above knows a whole table when it sees one."""
    everything, of_a_job = "SELECT * FROM trial", "SELECT * FROM trial WHERE job_id = 'x' AND reason = 'x'"
    for walk, statement in ((WHOLE, everything), (LIFELONG, of_a_job)):
        (plan,) = plans(database_url, [(statement, ())]).values()
        assert any(map(walk.search, plan)), plan


#: Statements of these tests that PostgreSQL sends through the index of this name, when there are many trials.
INDEXES = {
    "get_running_exploration": ({"trial_exploring"}, lambda layer: layer.get_running_exploration("resnet")),
    "get_explorations_of_job": ({"trial_exploring"}, lambda layer: layer.get_explorations_of_job("resnet")),
    "list_silent_jobs": (
        {"trial_status_lease", "trial_running"},
        lambda layer: layer.list_silent_jobs(NOW + timedelta(days=-1)),
    ),
    "expire_trials": ({"trial_running"}, lambda layer: layer.expire_trials("resnet", NOW + timedelta(days=-1))),
    "get_trial_results_of_bs": (
        {"trial_job_size_status", "trial_pkey"},
        lambda layer: layer.get_trial_results_of_bs("resnet", 32),
    ),
}


@POSTGRES
@pytest.mark.parametrize("method", INDEXES)
def test_postgres_uses_the_indexes(settled, method):
    """With twenty thousand trials and statistics about them, no plan reads the whole table."""
    names, call = INDEXES[method]

    async def fill(session):
        await session.execute(
            text(
                "INSERT INTO trial SELECT 'resnet', n + 100, 32, NULL, 'MAB', 'Succeeded', 'reported', '', 1, 1.0, "
                "1.0, NULL, 1.0, true, NULL, now(), now(), now() FROM generate_series(1, 20000) AS n"
            )
        )
        await session.execute(text("ANALYZE trial"))

    async def story(layer):
        await layer.get_job("resnet")
        await call(layer)

    settled.run(settled.database.run(fill))
    statement, parameters = settled.counted(story)[-1]

    async def explain(session):
        connection = session.sync_session.connection()
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        return json.dumps([row[0] for row in plan])

    plan = settled.run(settled.database.run(explain))
    assert "Seq Scan" not in plan, plan
    assert names & set(re.findall(r"trial_\w+", plan)), plan
