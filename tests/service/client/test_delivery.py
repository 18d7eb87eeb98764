"""What a training run asks and reports arrives once, though its service is away, fails or lies."""

from __future__ import annotations

import logging
import time

import pytest
from training_runs import metered, statuses

from simulator.errors import (
    SettingsError,
    SpecError,
    UnreachableError,
)


@pytest.mark.parametrize("fault", ["refuses", "loses", "restarts"])
def test_whatever_is_asked_twice_is_done_once(client, flaky, faults, job, fault):
    """Registration, dispatch, reports and the end each meet a fault; there is one trial, reported once."""

    def failing(request, inner):
        key = (request.method, request.url.path)
        if key in met:
            return inner.handle_request(request)
        met.add(key)
        return faults[fault](request, inner)

    met = set()
    flaky.faults = [failing] * 100
    with metered(client, job) as run:
        for epoch in run.epochs():
            run.report(metric=0.45 * epoch)
    assert (run.converged, run.epoch) == (True, 2)
    with metered(client, job):
        pass
    assert statuses(client, job) == [("Succeeded", "reported"), ("Failed", "ended")]


def test_reports_that_are_not_delivered_are_in_the_next_one(client, flaky, faults, job, caplog):
    """Training goes on while nobody answers, and totals include what was missed."""
    with client.train(patience_s=0, **job) as run:
        flaky.faults = [faults["refuses"]]
        assert run.report(metric=0.1, energy_j=10, time_s=1) is False
        assert not run.delivered
        assert "training goes on" in caplog.text
        assert run.report(metric=0.2, energy_j=20, time_s=2) is False
        assert run.delivered
        trial = client.get_trial("mnist", 1)
        assert (trial["energy_j"], trial["time_s"], trial["epoch"]) == (20, 2, 2)


def test_the_last_report_waits_for_the_service(client, flaky, faults, job):
    """Training is over, so it costs nothing to try for long."""
    with client.train(patience_s=0, **job) as run:
        flaky.faults = [faults["refuses"]] * 6
        assert run.report(metric=0.9, energy_j=10, time_s=1) is True
        assert run.converged is True


def test_a_last_report_that_never_arrives_is_logged_with_all_it_says(client, flaky, faults, job, caplog, monkeypatch):
    """A model that was trained is not lost for it: nothing is raised."""
    monkeypatch.setattr("simulator.service.client.open_run.END_S", 0.2)
    client.transport.deadline_s = 0.2

    def only_reports(request, inner):
        if request.url.path.endswith("/report"):
            return faults["refuses"](request, inner)
        return inner.handle_request(request)

    with client.train(**job) as run:
        flaky.faults = [only_reports] * 10_000
        assert run.report(metric=0.95, energy_j=123.5, time_s=60.25) is True
    assert run.converged is None
    assert not run.delivered
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert all(word in error.getMessage() for word in ("mnist", "0.95", "123.5", "60.2"))
    flaky.faults = []
    assert statuses(client, job) == [("Dispatched", None)]  # not ended: whoever reads the log may still report it


def test_a_last_report_is_delivered_when_the_run_is_left(client, flaky, faults, job):
    """The service came back while the model was saved."""
    client.transport.deadline_s = 0.1
    with client.train(**job) as run:
        flaky.faults = [faults["refuses"]] * 10_000
        assert run.report(metric=0.95, energy_j=123.5, time_s=60.25) is True
        flaky.faults = []
    assert run.converged is True
    assert statuses(client, job) == [("Succeeded", "reported")]


def test_a_server_error_does_not_end_training(client, flaky, job):
    """A report that meets one is kept like any other."""
    import httpx

    with client.train(**job) as run:
        flaky.faults = [lambda *_: httpx.Response(500, json={"detail": "oops"})]
        assert run.report(metric=0.1, energy_j=1, time_s=1) is False
        assert run.report(metric=0.2, energy_j=2, time_s=2) is False
        assert run.delivered


def test_a_lying_server_does_not_end_training(client, flaky, job):
    """Nor does what a proxy says in its stead."""
    import httpx

    lies = [b"<html>", b"{}", b'{"stop": "false", "converged": 0}', b"[]", b""]
    with client.train(**job) as run:
        for lie in lies:
            flaky.faults = [lambda *_, lie=lie: httpx.Response(200, content=lie)]
            assert run.report(metric=0.1, epoch=1, energy_j=1, time_s=1) is False
            assert not run.delivered


@pytest.mark.parametrize("lie", [{"batch_size": 33}, {"batch_size": "32"}, {"batch_size": -1}, {"number": None}])
def test_a_dispatch_that_cannot_be_is_not_trained_with(client, flaky, job, lie):
    """A batch size that the job does not have, or none at all."""
    import httpx

    trial = {"number": 1, "batch_size": 32, "power_limit_w": None} | lie
    flaky.faults = [None, lambda *_: httpx.Response(201, json={"trial": trial, "profile_limits_w": None})]
    with pytest.raises(UnreachableError), client.train(**job):
        pass


def test_without_a_service_the_default_is_trained_if_wanted(client, flaky, faults, job, caplog):
    """Unreported, until the target is reached or epochs are over, and warned of."""
    client.transport.deadline_s = 0.05
    flaky.faults = [faults["refuses"]] * 10_000
    with pytest.raises(UnreachableError), client.train(**job):
        pass
    with client.train(on_unreachable="default", **job) as run:
        assert (run.batch_size, run.number) == (32, None)
        epochs = [epoch for epoch in run.epochs() if run.report(metric=0.5 * epoch, energy_j=1, time_s=1) or True]
    assert epochs == [1, 2]
    assert (run.stopped, run.converged, run.delivered) == (True, True, False)
    assert "batch size 32, unreported" in caplog.text
    with pytest.raises(SettingsError, match="there are: raise, default"):
        client.train(on_unreachable="ignore", **job)


def test_refusals_are_raised_even_if_the_service_may_be_away(client, job):
    """It is there, and says that the job cannot work."""
    with pytest.raises(SpecError), client.train(on_unreachable="default", **job | {"default_batch_size": 8}):
        pass


def test_waiting_for_the_service_costs_the_run_nothing(client, flaky, job):
    """Time and energy count while it trains, by a clock that only goes forward."""

    def slowly(request, inner):
        time.sleep(0.3)
        return inner.handle_request(request)

    with metered(client, job) as run:
        for _ in run.epochs():
            time.sleep(0.02)
            flaky.faults = [slowly]
            run.report(metric=0.1)
            if run.epoch == 3:
                break
        assert 0.06 <= client.get_trial("mnist", 1)["time_s"] < 0.3
