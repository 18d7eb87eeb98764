"""The trip over the wire: rehearsal, import and export against a running server."""

from __future__ import annotations

import dataclasses

import pytest
from engines import assert_same, outcome
from live_service import LiveService
from small import JOB, TRACES, make_groups

from simulator.errors import UnknownJobError, UnreachableError
from simulator.service.model import Origin
from simulator.service.trip import export_job, import_traces, rehearse
from simulator.service.trip.reach.open import open_service

KNOBS = {"policy": "pruning-gts", "power_policy": "jit", "seed": 3}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own, with a token."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "tokens").write_text("a-token-of-the-tests\n")
    with LiveService(folder, words=("--token-file", folder / "tokens", "--no-legacy")) as live:
        yield {"url": live.url, "token": "a-token-of-the-tests"}


@pytest.mark.parametrize("asked", [{"recurrences": 8}, {"groups": make_groups()}])
def test_a_rehearsal_against_a_server_equals_a_replay(server, asked):
    """To the last bit, with profiles and sizes of the schedule's choice; the jobs are gone afterwards."""
    asked = {"policy": "pruning-gts", "seeds": [0, 3], **asked}
    rehearsed = rehearse(JOB, TRACES, **asked, **server)
    assert_same(rehearsed, outcome(JOB, TRACES, engine="event", **asked))


def test_an_exhausted_policy_is_the_same_error(server):
    """As a replay raises it."""
    asked = {"policy": "grid", "seeds": [5], "recurrences": 8, "on_failure": "keep"}
    hopeless = type(JOB)("d", "n", "adam", 0.5, 6, default_bs=16)
    rehearsed = rehearse(hopeless, TRACES, **asked, **server)
    assert_same(rehearsed, outcome(hopeless, TRACES, engine="event", **asked))


def test_rehearsals_may_stay_to_be_looked_at(server):
    """Their jobs then have one trial a run."""
    table = rehearse(JOB, TRACES, policy="default", seeds=0, recurrences=3, prefix="kept", keeps_jobs=True, **server)
    with open_service(**server) as service:
        kept = list(service._client.list_jobs(prefix="kept"))
        assert len(kept) == 1
        history = service.history(kept[0]["job_id"])
    assert [trial.energy_j for trial in history.trials] == table["energy_j"].tolist()


def test_import_and_export_over_http_equal_those_on_the_database(server, sqlite_url, tmp_path):
    """The same trials, in pieces that a server reads; and once, however often."""
    places = {"there": server, "here": {"database": sqlite_url}}
    tables = {}
    for place, service in places.items():
        first = import_traces("nightly", TRACES, recurrences=230, register=KNOBS, job=JOB, **service)
        again = import_traces("nightly", TRACES, recurrences=230, register=KNOBS, job=JOB, **service)
        assert (first.is_new, again.is_new) == (True, False)
        assert first.trials == again.trials
        tables[place] = export_job("nightly", tmp_path / place, **service).result.drop(columns=["started_s", "ended_s"])
    assert len(tables["there"]) >= 230
    with open_service(**server) as service, open_service(database=sqlite_url) as here:
        assert {trial.origin for trial in service.history("nightly").trials} == {Origin.RECORDED}
        synthetic = dataclasses.replace(TRACES, synthetic=True)
        import_traces("made-up", synthetic, recurrences=4, register=KNOBS, job=JOB, **server)
        import_traces("made-up", synthetic, recurrences=4, register=KNOBS, job=JOB, database=sqlite_url)
        (there,), (mine,) = service.standings("made-up"), here.standings("made-up")
        assert there.counts == mine.counts
        assert there.counts.synthetic == there.counts.succeeded > 0
    assert tables["there"].equals(tables["here"])


def test_wrong_addresses_and_jobs_are_said(server, tmp_path):
    """By typed errors, and nothing is written."""
    with pytest.raises(UnknownJobError, match="nobody"):
        export_job("nobody", tmp_path / "out", **server)
    with open_service(url="http://127.0.0.1:9") as service:
        service._client.transport.deadline_s = 0.1
        with pytest.raises(UnreachableError):
            service.history("nightly")
    assert not (tmp_path / "out").exists()
