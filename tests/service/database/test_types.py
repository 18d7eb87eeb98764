"""What goes into the database comes out of it."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from stored import EPOCH, add_job

from simulator.errors import BadValueError
from simulator.service.database.tables import ArmRow, JobRow, KeyRow, RewardRow


def same_bits(one, other):
    """Compare two numbers bit by bit; nan equals nan, and −0.0 is not 0.0."""
    return struct.pack("<d", one) == struct.pack("<d", other) or (math.isnan(one) and math.isnan(other))


NEARBY = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@NEARBY
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_finite_numbers_come_back_to_the_bit(database, run_async, values):
    """A stored cost is the cost that was computed, and −0.0 is still −0.0."""

    async def work(session):
        await session.execute(delete(JobRow))
        await add_job(session)
        rows = [{"job_id": "resnet", "position": 0, "at": i, "value": value} for i, value in enumerate(values)]
        await session.execute(insert(RewardRow), rows)

    async def look(session):
        return (await session.scalars(select(RewardRow.value).order_by(RewardRow.at))).all()

    run_async(database.run(work))
    found = run_async(database.read(look))
    assert [type(value) for value in found] == [float] * len(values)
    assert all(map(same_bits, found, values))


@NEARBY
@given(values=st.tuples(st.floats(), st.floats(), st.floats()))
def test_arms_may_be_infinite(database, run_async, values):
    """An arm's precision is infinite after a single reward; nothing of it is lost on any database."""
    names = ("mean", "precision", "reward_precision")

    async def work(session):
        await session.execute(delete(JobRow))
        await add_job(session)
        arm = {"job_id": "resnet", "batch_size": 32, "n_observations": 1, **dict(zip(names, values, strict=True))}
        await session.execute(insert(ArmRow), [arm])

    async def look(session):
        return (await session.execute(select(ArmRow.mean, ArmRow.precision, ArmRow.reward_precision))).one()

    run_async(database.run(work))
    assert all(map(same_bits, run_async(database.read(look)), values))


def test_whole_numbers_in_columns_of_numbers_come_back_as_such(database, run_async):
    """A metric given as 1 reads 1.0 on every database."""

    async def work(session):
        await add_job(session, target_metric=1)
        return (await session.execute(select(JobRow.target_metric, JobRow.seed, JobRow.revision))).one()

    target, seed, revision = run_async(database.run(work))
    assert (target, type(target)) == (1.0, float)
    assert (seed, revision) == (2**127 + 1, 2**63 - 1)


@pytest.mark.parametrize(
    "moment",
    [
        EPOCH,
        EPOCH.replace(microsecond=0),
        EPOCH.astimezone(timezone(timedelta(hours=-7, minutes=-30))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_moments_come_back_in_utc(database, run_async, moment):
    """A moment keeps its microseconds, and comes back aware, in UTC."""

    async def work(session):
        await add_job(session, created_at=moment)
        session.expunge_all()
        return await session.scalar(select(JobRow.created_at))

    found = run_async(database.run(work))
    assert found == moment
    assert found.utcoffset() == timedelta(0)


def test_moments_order_as_they_happened(database, run_async):
    """The database compares moments given in any zone, with and without microseconds."""
    moments = [
        EPOCH.replace(microsecond=0),
        EPOCH,
        (EPOCH + timedelta(hours=1)).astimezone(timezone(timedelta(hours=9))),
    ]

    async def work(session):
        rows = [
            {"scope": "", "key": str(i), "fingerprint": "", "answer": "", "created_at": moment}
            for i, moment in enumerate(moments)
        ]
        await session.execute(insert(KeyRow), rows)
        later = select(KeyRow.key).where(KeyRow.created_at > moments[1].astimezone(timezone(timedelta(hours=-5))))
        return (await session.scalars(later)).all(), (
            await session.scalars(select(KeyRow.key).order_by(KeyRow.created_at))
        ).all()

    assert run_async(database.run(work)) == (["2"], ["0", "1", "2"])


def test_naive_moments_are_refused(database, run_async):
    """Nobody knows when a moment without time zone was; it is refused with our own error."""

    async def work(session):
        await add_job(session)
        await session.execute(update(JobRow).values(created_at=datetime(2026, 1, 1)))

    with pytest.raises(BadValueError, match="lacks a time zone"):
        run_async(database.run(work))


def test_names_order_by_code_point(database, run_async):
    """Pages of jobs are the same on every database, whatever language it speaks."""
    names = ["a", "B", "á", "Z", "_", "10", "9"]

    async def work(session):
        for name in names:
            await add_job(session, job_id=name)
        return (await session.scalars(select(JobRow.job_id).order_by(JobRow.job_id))).all()

    assert run_async(database.run(work)) == sorted(names)
