"""Reports that come late, twice, in pieces, or for somebody else: each is taken once or refused, and nothing else."""

from __future__ import annotations

import random
import socket
import time
from contextlib import closing

import pytest
from live_clients import SIZES, Client, Wire, outcome, spec
from live_invariants import problems, read_notes, read_rows


class Story:
    """One client of one job, whose data are looked at in the end."""

    def __init__(self, service, folder, job_id, run_async):
        self.service, self.job_id = service, job_id
        self.notes = folder / "story.notes"
        self.client = Client(service.url, self.notes, random.Random(job_id), mishaps={})
        self.wire = Wire(service.url)
        self.path = f"/v1/jobs/{job_id}"
        self._run = run_async

    def ask(self, method, path="", body=None, **words):
        """Ask about the job; returns status and answer."""
        return self.wire.ask(method, self.path + path, body, **words)

    def dispatch(self):
        """Get a trial."""
        status, answer = self.ask("POST", "/trials", {})
        assert status == 201, answer
        return answer["trial"]

    def report(self, trial, **other):
        """Report what ends a trial; returns status and answer."""
        result = outcome(self.job_id, trial["number"], trial["batch_size"])
        return self.ask("POST", f"/trials/{trial['number']}/report", {**result, "epoch": 3, **other})

    def rows(self):
        """Return what is stored."""
        return self._run(read_rows(self.service.database_url))[0][self.job_id]

    def check(self):
        """See that nothing is wrong."""
        notes, _ = read_notes([self.notes])
        assert problems(self.rows(), notes[self.job_id]) == []


@pytest.fixture
def story(request, service, tmp_path, run_async):
    """A job of its own, registered."""
    job_id = request.function.__name__
    with closing(Client(service.url, tmp_path / "story.notes", random.Random(job_id), mishaps={})) as client:
        client.register(spec(job_id, 3))
    told = Story(service, tmp_path, job_id, run_async)
    yield told
    told.wire.close()
    told.client.close()


def test_a_late_report_is_taken(story):
    """Its lease is over, others go on with its size: the work is still not lost."""
    late = story.dispatch()
    time.sleep(1.3)
    again = story.dispatch()
    assert (again["batch_size"], again["type"]) == (late["batch_size"], "Exploration")
    status, answer = story.report(late)
    assert (status, answer["stop"], answer["converged"]) == (200, True, True)
    assert story.report(again)[0] == 200
    trials = {trial["number"]: trial["status"] for trial in story.rows().trials}
    assert trials == {late["number"]: "Succeeded", again["number"]: "Succeeded"}
    story.check()


def test_a_repeated_report_changes_nothing(story):
    """Neither with the same values nor with better ones; it gets the stored answer."""
    trial = story.dispatch()
    _, first = story.report(trial)
    before = story.rows()
    for other in ({}, {"energy_j": 1.0}, {"metric": 0.1}, {"epoch": 1}):
        status, answer = story.report(trial, **other)
        assert (status, answer["stop"], answer["converged"]) == (200, True, first["converged"])
    assert story.rows() == before
    story.check()


def test_a_report_after_the_end_is_refused(story):
    """Its client said itself that it was over."""
    trial = story.dispatch()
    assert story.ask("POST", f"/trials/{trial['number']}/end")[0] == 200
    before = story.rows()
    status, answer = story.report(trial)
    assert 400 <= status < 500
    assert answer["detail"]
    assert story.rows() == before
    story.check()


def test_an_old_report_does_not_reach_a_new_job_of_that_name(story):
    """The job was deleted and registered again: the old trial's number is no trial's."""
    old = story.dispatch()
    assert story.ask("DELETE")[0] in (200, 204)
    assert story.report(old)[0] == 404
    story.client.register(spec(story.job_id, 3))
    new = story.dispatch()
    assert new["number"] > old["number"]
    assert story.report(old)[0] == 404
    assert [trial["number"] for trial in story.rows().trials] == [new["number"]]


def test_requests_in_pieces_harm_nobody(story):
    """Heads without ends, bodies that break off, garbage: others are answered as if nothing had been."""
    trial = story.dispatch()
    host = f"POST {story.path}/trials/{trial['number']}/report HTTP/1.1\r\nHost: localhost\r\n"
    pieces = ["POST", "\x00\xff\r\n\r\n", f"{host}Content-Length: 100\r\n\r\n{{", f"{host}Content-Length: -1\r\n\r\n"]
    open_ones = []
    for piece in pieces * 10:
        one = socket.create_connection(("127.0.0.1", story.service.port), timeout=5)
        one.sendall(piece.encode("latin-1"))
        open_ones.append(one)
    status, answer = story.report(trial)
    assert (status, answer["stop"]) == (200, True)
    for one in open_ones:
        one.close()
    assert story.dispatch()["batch_size"] in SIZES
    story.check()


def test_one_key_makes_one_trial(story):
    """However often it is asked with, also after the trial has ended."""
    answers = [story.ask("POST", "/trials", {}, key="same") for _ in range(3)]
    trial = answers[0][1]["trial"]
    story.report(trial)
    answers.append(story.ask("POST", "/trials", {}, key="same"))
    assert {answer["trial"]["number"] for _, answer in answers} == {trial["number"]}
    assert len(story.rows().trials) == 1
    assert story.ask("POST", "/trials", {"batch_size": 8}, key="same")[0] in (409, 422)
    story.check()
