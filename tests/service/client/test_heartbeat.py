"""Heartbeats keep silent trials, survive whatever happens to them, and end with the run."""

from __future__ import annotations

import threading
import time

import pytest

from simulator.service.client.heartbeat import Heartbeat


def beats(flaky):
    """How many were asked for."""
    return sum(path.endswith("/heartbeat") for _, path in flaky.asked)


def until(condition, seconds=10.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def running():
    """Threads of heartbeats."""
    return [thread for thread in threading.enumerate() if isinstance(thread, Heartbeat)]


def test_a_long_epoch_is_no_loss(client, flaky, job):
    """Beats at a third of the lease renew it, and stop with the run."""
    job["lease_s"] = 1
    with client.train(**job) as run:
        before = client.get_trial("mnist", 1)["lease_until"]
        time.sleep(2)
        trial = client.get_trial("mnist", 1)
        assert (trial["status"], trial["lease_until"] > before) == ("Dispatched", True)
        assert run.report(metric=1, energy_j=1, time_s=1) is True
        until(lambda: not running())
    assert 4 <= beats(flaky) <= 8


def test_beats_survive_a_service_that_is_away(client, flaky, faults, job):
    """Whatever comes back, the thread lives, and the trial is kept when the service is back."""
    job["lease_s"] = 3
    strange = [faults["refuses"], faults["loses"], faults["restarts"], lambda *_: 1 / 0, lambda *_: None]
    with client.train(**job) as run:
        flaky.faults = strange * 2
        until(lambda: beats(flaky) >= 12)
        assert [thread.is_alive() for thread in running()] == [True]
        assert client.get_trial("mnist", run.number)["status"] == "Dispatched"


def test_beats_of_a_trial_that_is_none_any_more_end(client, job, caplog):
    """Somebody deleted the job; training goes on, and is told when it reports."""
    job["lease_s"] = 1
    with client.train(**job) as run:
        client.delete("mnist")
        until(lambda: not running())
        assert "takes no heartbeat" in caplog.text
        with pytest.raises(LookupError):
            run.report(metric=0.1, energy_j=1, time_s=1)


def test_the_wall_clock_may_jump(client, flaky, job, monkeypatch):
    """Beats go by the time that passes."""
    job["lease_s"] = 1
    real = time.time
    with client.train(**job):
        monkeypatch.setattr(time, "time", lambda: real() - 1e6)
        until(lambda: beats(flaky) >= 2)
        monkeypatch.setattr(time, "time", lambda: real() + 1e6)
        until(lambda: beats(flaky) >= 4)
    monkeypatch.undo()


def test_a_trial_whose_lease_ran_out_is_not_lost(client, job, monkeypatch):
    """Its machine slept; the work was done, and the report is taken."""
    monkeypatch.setattr(Heartbeat, "run", lambda self: None)
    job["lease_s"] = 1
    with client.train(**job) as run:
        time.sleep(1.2)
        with client.train(**job):  # asking for a trial finds that the first one is silent
            assert client.get_trial("mnist", run.number)["ending"] == "expired"
        assert run.report(metric=1, energy_j=1, time_s=1) is True
        assert run.converged is True
