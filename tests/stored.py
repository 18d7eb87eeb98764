"""Rows for tests of the service's database, and works that store and read them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from simulator.service.database.tables import BatchSizeRow, JobRow, RetiredJobRow
from simulator.service.model import Stage

EPOCH = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

A_JOB = {
    "job_id": "resnet",
    "job_id_prefix": "",
    "default_batch_size": 32,
    "eta": 0.5,
    "beta": None,
    "target_metric": 0.1,
    "higher_is_better": True,
    "max_epochs": 100,
    "num_pruning_rounds": 2,
    "window_size": 0,
    "prior_mean": 0.0,
    "prior_precision": 0.0,
    "num_exploration": 2,
    "registered_seed": 2**63 - 1,
    "max_power_w": 300.0,
    "n_gpus": 1,
    "gpu": "a40",
    "policy": "pruning-gts",
    "power_policy": None,
    "power_limits_w": "[]",
    "dataset": "",
    "network": "",
    "optimizer": "",
    "lease_s": None,
    "max_failures": 3,
    "seed": 2**127 + 1,
    "stage": Stage.PRUNING,
    "min_cost": None,
    "min_cost_batch_size": 32,
    "exp_default_batch_size": 32,
    "last_trial_number": 0,
    "n_observed": 0,
    "revision": 2**63 - 1,
    "exhausted": False,
    "created_at": EPOCH,
}


async def add_job(session, **changes):
    """Store a job with one batch size."""
    job = A_JOB | changes
    await session.execute(insert(JobRow), [job])
    await session.execute(insert(BatchSizeRow), [{"job_id": job["job_id"], "batch_size": 32}])


TABLE = RetiredJobRow.__table__


def adding(name, number=0):
    """Return a work that stores a row."""

    async def work(session):
        await session.execute(insert(TABLE), [{"job_id": name, "last_trial_number": number}])
        return name

    return work


async def names(session):
    """Read which rows there are."""
    return list(await session.scalars(select(TABLE.c.job_id).order_by(TABLE.c.job_id)))


async def one_more(session):
    """Read a number, and write the next one: two at once would lose one, if nothing kept them apart."""
    number = await session.scalar(select(TABLE.c.last_trial_number).where(TABLE.c.job_id == "n").with_for_update())
    await session.execute(update(TABLE).where(TABLE.c.job_id == "n").values(last_trial_number=number + 1))
    return number + 1


async def count(session):
    """Read that number."""
    return await session.scalar(select(TABLE.c.last_trial_number).where(TABLE.c.job_id == "n"))
