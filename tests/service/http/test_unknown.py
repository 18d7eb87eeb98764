"""Whoever asks for jobs that do not exist, however many, leaves nothing behind."""

from __future__ import annotations

import gc
import logging
import re

import pytest
from served_apps import serving
from sqlalchemy import func, select

from simulator.service.database.tables import Base
from simulator.service.http import create_app
from simulator.service.settings import Settings

#: How often everything is asked; and then again, so that what keeps the last few alone has none of the first.
MANY = 20

RESULT = {"batch_size": 32, "trial_number": 1, "time": 1, "energy": 1, "metric": 0.1, "current_epoch": 1}
AMOUNTS = {"energy_j": 1, "time_s": 1}
MEASURED = {"power_limit_w": 100, "power_w": 90, "time_s": 1}

#: What may be asked about a job: method, path, body.
ASKED = [
    ("GET", "/jobs/batch_size?job_id={0}", None),
    ("DELETE", "/jobs?job_id={0}", None),
    ("POST", "/report", RESULT),
    ("PATCH", "/trials", RESULT),
    ("GET", "/v1/jobs/{0}", None),
    ("GET", "/v1/jobs/{0}/arms", None),
    ("GET", "/v1/jobs/{0}/costs", None),
    ("GET", "/v1/jobs/{0}/trials", None),
    ("GET", "/v1/jobs/{0}/trials/1", None),
    ("GET", "/v1/jobs/{0}/trials/1/why", None),
    ("POST", "/v1/jobs/{0}/trials", None),
    ("POST", "/v1/jobs/{0}/runs", {"runs": [{"batch_size": 32, "converged": True, **AMOUNTS}]}),
    ("POST", "/v1/jobs/{0}/trials/1/report", {"metric": 0.1, "epoch": 1, **AMOUNTS}),
    ("POST", "/v1/jobs/{0}/trials/1/finish", {"converged": True, **AMOUNTS}),
    ("POST", "/v1/jobs/{0}/trials/1/profile", {"measurements": [MEASURED]}),
    ("POST", "/v1/jobs/{0}/trials/1/heartbeat", None),
    ("POST", "/v1/jobs/{0}/trials/1/end", None),
    ("DELETE", "/v1/jobs/{0}", None),
]


def ask(client, name):
    """Ask everything about a job that does not exist, with idempotency keys."""
    for number, (method, path, body) in enumerate(ASKED):
        job_id = f"{name}-{number}"
        sent = body | {"job_id": job_id} if body is RESULT else body
        answer = client.request(method, path.format(job_id), json=sent, headers={"Idempotency-Key": job_id})
        assert answer.status_code in {400, 404}, (path, answer.text)


def is_one(thing, *kinds):
    """Tell what something is; `isinstance` would ask what a proxy stands for, which may be gone."""
    return issubclass(type(thing), kinds)


def parts_of(owner):
    """List what an object holds; the collector leaves out the keys of a dictionary if they are texts."""
    return [*(dict.keys(owner) if is_one(owner, dict) else ()), *gc.get_referents(owner)]


def ids_in_memory():
    """Collect the ids that any object of this process still holds, be it as a key, in a list, or in a longer text."""
    gc.collect()
    found = set()
    for owner in gc.get_objects():
        for held in parts_of(owner):
            of_texts_alone = is_one(held, dict, list, set, tuple) and not gc.is_tracked(held)
            for one in parts_of(held) if of_texts_alone else (held,):
                text = one.decode("latin-1") if is_one(one, bytes) else one
                if is_one(text, str):
                    found.update(re.findall(r"nobody-\d+-\d+", text))
    return found


@pytest.fixture
def without_logs():
    """Nothing is logged, for pytest keeps whatever is, and earlier tests may have asked for more of it."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


async def count_rows(session):
    """Count the rows of each table."""
    tables = Base.metadata.sorted_tables
    return {
        table.name: (await session.execute(select(func.count()).select_from(table))).scalar_one() for table in tables
    }


def series(client):
    """List what Prometheus is told, without the numbers and what asking itself adds."""
    lines = client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0] for line in lines if "/metrics" not in line}


@pytest.mark.usefixtures("without_logs")
def test_jobs_that_do_not_exist_leave_no_growth(database_url, database, run_async):
    """No policy, no lock and no other object in memory, no series for Prometheus, and no row."""
    app = create_app(Settings(database_url=database_url))
    with serving(app) as client:
        ask(client, "early")  # what is made once for each path
        told, rows = series(client), run_async(database.read(count_rows))
        for name in ("nobody", "later"):
            for number in range(MANY):
                ask(client, f"{name}-{number}")
        assert not ids_in_memory()
        assert len(app.state.dispatcher._memory) == 0
        assert series(client) == told
        assert "nobody" not in str(told)
        assert run_async(database.read(count_rows)) == rows
        assert not sum(rows.values())
