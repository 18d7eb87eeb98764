"""One training run against the real application: told, reported, stopped, ended."""

from __future__ import annotations

import logging
import math
import threading
import time

import pytest

from simulator.errors import (
    BadValueError,
    ExhaustedError,
    JobConflictError,
    RefusedError,
    ServiceError,
    SettingsError,
    SpecError,
    TrainingFailedError,
    TrialEndedError,
    UnreachableError,
)
from simulator.service.client import Client, EnergyMeter
from simulator.service.client.fields import DEFAULTS, JobFields


def metered(client, job, **options):
    """A run that assumes 100 W."""
    return client.train(meter=EnergyMeter(power_w=100), **options, **job)


def statuses(client, job):
    """How the trials of the job stand."""
    return [(trial["status"], trial["ending"]) for trial in client.list_trials(job["job_id"])]


def test_a_loop_trains_until_the_target_is_reached(client, job):
    """Registered, dispatched, reported epoch by epoch, and over."""
    with metered(client, job) as run:
        seen = []
        for epoch in run.epochs():
            seen.append(epoch)
            run.report(metric=epoch / 3)
        assert run.batch_size == 32
    assert seen == [1, 2, 3]
    assert (run.stopped, run.converged, run.delivered) == (True, True, True)
    trial = client.get_trial("mnist", run.number)
    assert (trial["status"], trial["converged"], trial["epoch"]) == ("Succeeded", True, 3)
    assert trial["energy_j"] == pytest.approx(100 * trial["time_s"], abs=1)


def test_recurrences_learn(client, job):
    """The policy explores all sizes, and then keeps to those that cost least."""
    costs = {16: 300.0, 32: 200.0, 64: 100.0}
    sizes = []
    for _ in range(14):
        with client.train(**job) as run:
            sizes.append(run.batch_size)
            run.report(metric=0.95, energy_j=costs[run.batch_size], time_s=1.0)
    assert set(sizes[:3]) == {16, 32, 64}
    assert sizes[-5:].count(64) >= 4
    assert client.get_job("mnist")["stage"] == "MAB"


def test_fields_are_those_of_a_job():
    """The client knows them by name; the service would ignore a misspelt one."""
    from simulator.service.model import JobSpec

    assert set(JobFields.__annotations__) == set(JobSpec.model_fields)
    assert {name: JobSpec.model_fields[name].default for name in DEFAULTS} == DEFAULTS
    with pytest.raises(SpecError, match="did you mean 'beta'"):
        Client("http://a").train(job_id="a", betta=2)
    with pytest.raises(SpecError, match="lacks default_batch_size, max_power_w, gpu"):
        Client("http://a").train(job_id="a", batch_sizes=[1])


def test_jobs_are_read_and_deleted(client, job):
    """All that the service shows of them, with ids of any kind."""
    job["job_id"] = "nlp/bert base?#%2F"
    client.register(**job)
    with client.train(**job) as run:
        run.report(metric=1.0, energy_j=5.0, time_s=2.0)
    assert [found["job_id"] for found in client.list_jobs()] == [job["job_id"]]
    assert client.get_job(job["job_id"])["counts"]["converged"] == 1
    assert client.why(job["job_id"], 1)["reason"]
    assert client.get_arms(job["job_id"]) == []
    assert [row["converged"] for row in client.get_costs(job["job_id"])] == [0, 1, 0]
    client.delete(job["job_id"])
    with pytest.raises(LookupError):
        client.get_job(job["job_id"])
    with pytest.raises(LookupError):
        client.delete(job["job_id"])


def test_long_lists_come_in_pages(client, job):
    """All of them, whatever a page holds."""
    for number in range(130):
        client.register(**job | {"job_id": f"job-{number:03}"})
    assert [found["job_id"] for found in client.list_jobs()] == [f"job-{n:03}" for n in range(130)]
    assert len(list(client.list_jobs(prefix="job-01"))) == 10


def test_another_job_under_this_id_is_said(client, job):
    """A conflict is a ValueError, and a refusal with its status."""
    client.register(**job)
    with pytest.raises(JobConflictError) as caught, client.train(**job | {"eta": 0.1}):
        pass
    assert isinstance(caught.value, RefusedError)
    assert caught.value.status == 409


def test_leaving_early_ends_the_trial(client, job):
    """By a break, or an exception, which is not touched."""
    with metered(client, job) as run:
        for _ in run.epochs():
            run.report(metric=0.1)
            break
    with pytest.raises(ZeroDivisionError), metered(client, job) as run:
        run.report(metric=1 / 0)
    assert statuses(client, job) == [("Failed", "ended")] * 2
    assert run.converged is None


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


def test_training_that_fails_is_said_or_raised(client, job):
    """After its last epoch without the target: a value, or an error for those who ask."""
    with client.train(**job) as run:
        assert run.report(metric=0.1, epoch=5, energy_j=1, time_s=1) is True
        assert run.converged is False
    with pytest.raises(TrainingFailedError, match="batch size"), client.train(on_failure="raise", **job) as run:
        run.report(metric=0.1, epoch=5, energy_j=1, time_s=1)
    assert {status for status, _ in statuses(client, job)} == {"Succeeded"}


def test_a_run_that_costs_too_much_is_stopped(client, job):
    """Twice the lowest cost, by beta."""
    with client.train(**job) as run:
        run.report(metric=0.9, energy_j=100, time_s=1)
    with client.train(**job) as run:
        assert run.report(metric=0.1, energy_j=10_000, time_s=1) is True
    assert run.converged is False


def test_training_that_diverged_is_reported(client, job):
    """Its metric is no number, and no target is reached by it."""
    with client.train(**job) as run:
        assert run.report(metric=math.nan, energy_j=1, time_s=1) is False
        assert run.report(metric=math.inf, epoch=5, energy_j=2, time_s=2) is True


def test_a_trial_that_somebody_ended_takes_no_report(client, job):
    """The error says so; it is not tried again."""
    with client.train(**job) as run:
        client.transport.request("POST", f"/v1/jobs/mnist/trials/{run.number}/end")
        with pytest.raises(TrialEndedError):
            run.report(metric=0.1, energy_j=1, time_s=1)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({"energy_j": 5, "time_s": 2}, "energy_j is 5 after 10; give the total"),
        ({"energy_j": 20, "time_s": 0.5}, "time_s is 0.5 after 1; give the total"),
        ({"energy_j": math.nan, "time_s": 2}, "energy_j"),
        ({"energy_j": math.inf, "time_s": 2}, "energy_j"),
        ({"time_s": 2}, "nobody measures energy"),
        ({"energy_j": 20, "time_s": 2, "epoch": 0}, "epochs count from 1"),
    ],
)
def test_totals_that_cannot_be_are_refused_before_they_are_sent(client, job, second, why):
    """Those of an epoch given for those of the run, above all."""
    with client.train(**job) as run:
        run.report(metric=0.1, energy_j=10, time_s=1)
        with pytest.raises(BadValueError, match=why):
            run.report(metric=0.1, **second)
        assert client.get_trial("mnist", 1)["energy_j"] == 10


def test_numbers_of_other_libraries_are_numbers(client, job):
    """Scalars of numpy and PyTorch, and arrays of sizes."""
    np = pytest.importorskip("numpy")
    job |= {"batch_sizes": np.array([16, 32]), "default_batch_size": np.int64(32), "max_power_w": np.float32(300)}
    with client.train(**job) as run:
        assert run.report(metric=np.float32(0.95), energy_j=np.float64(5), time_s=np.int32(2)) is True


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


def test_the_wall_clock_may_be_set(client, job, monkeypatch):
    """Somebody sets it back by a day while the run trains."""
    real = time.time
    with metered(client, job) as run:
        monkeypatch.setattr(time, "time", lambda: real() - 86_400)
        run.report(metric=0.1)
        monkeypatch.setattr(time, "time", lambda: real() + 86_400)
        run.report(metric=0.2)
        assert 0 <= client.get_trial("mnist", 1)["time_s"] < 60


def test_threads_may_report_at_once(client, job):
    """Each report is whole, and the run stops once."""

    class Meter(EnergyMeter):
        inside = most = 0

        def end_window(self, name):
            self.inside += 1
            self.most = max(self.most, self.inside)
            time.sleep(0.002)
            self.inside -= 1
            return super().end_window(name)

    job["max_epochs"] = 40
    meter = Meter(power_w=100)
    with client.train(meter=meter, **job) as run:
        stops, errors = [], []

        def train():
            try:
                stops.extend(run.report(metric=0.1) for _ in range(20))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=train) for _ in range(2)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert errors == []
    assert (len(stops), stops.count(True), run.epoch, meter.most) == (40, 1, 40, 1)


def test_a_run_is_entered_once(client, job):
    """And says nothing before."""
    run = client.train(**job)
    with pytest.raises(ServiceError, match="has not begun"):
        _ = run.batch_size
    with run, pytest.raises(ServiceError, match="another"):
        run.start()
    run.close()
    assert statuses(client, job) == [("Failed", "ended")]


def test_a_size_of_the_scripts_own_choice_is_noted(client, job):
    """It is a trial like others, beside what the policy awaits."""
    with client.train(batch_size=64, **job) as run:
        assert run.batch_size == 64
        run.report(metric=1, energy_j=1, time_s=1)
    assert client.get_trial("mnist", 1)["type"] == "Concurrent"


def test_a_service_with_tokens_lets_in_who_has_one(sqlite_url, open_app, job):
    """Others are told what to do; the token never shows."""
    bridge = open_app(sqlite_url, tokens=("let-me-in",))

    def client(token):
        return Client("http://service", token=token, transport=lambda: bridge, deadline_s=5)

    for token in ("", "let-me-out"):
        with pytest.raises(RefusedError, match="SIMULATOR_SERVICE_TOKEN") as caught, client(token).train(**job):
            pass
        assert caught.value.status == 401
        assert "let-me" not in str(caught.value)
    with client("let-me-in").train(**job) as run:
        assert run.report(metric=1.0, energy_j=1, time_s=1) is True


def test_epochs_that_are_never_reported_are_said(client, job, caplog):
    """A loop without report() would train to its last epoch, and be lost without a word: once early, and at the end."""
    with client.train(**job) as run, caplog.at_level(logging.WARNING, "simulator.service"):
        assert len(list(run.epochs())) == job["max_epochs"]
    first, last = [record.getMessage() for record in caplog.records]
    assert first.startswith("epoch 1 was not reported; until it is, the service cannot stop the run")
    assert last.startswith("epoch 5 was not reported; the service takes this run for lost")
    assert "run.report(metric=...)" in first


def test_epochs_that_are_reported_need_no_reminder(client, job, caplog):
    """Reported with or without their number, no epoch is missed."""
    with client.train(**job) as run, caplog.at_level(logging.WARNING, "simulator.service"):
        for epoch in run.epochs():
            run.report(metric=0.1, epoch=epoch if epoch % 2 else None, energy_j=10.0 * epoch, time_s=1.0 * epoch)
    assert not caplog.records


@pytest.mark.parametrize("metric", ["x", None, [0.5, 0.6]])
def test_a_metric_that_is_no_number_is_refused(client, job, metric):
    """It says which argument was wrong, and the run goes on."""
    with client.train(**job) as run, pytest.raises(BadValueError, match=r"^metric is .*; it is the validation metric"):
        run.report(metric=metric, energy_j=1.0, time_s=1.0)


def test_a_meter_that_cannot_measure_is_refused_before_training(client, job):
    """Watts are not a meter."""
    with pytest.raises(SettingsError, match=r"^meter is 65, .*EnergyMeter\(power_w=...\)"):
        client.train(meter=65, **job)


def test_an_exhausted_job_says_how_it_begins_anew(client, job):
    """Nothing the script does would ever train it again; after a deletion, it trains."""
    job |= {"batch_sizes": [32]}
    for _ in range(3):
        with client.train(**job):  # left without a report: lost
            pass
    with pytest.raises(ExhaustedError, match=r"nothing left to run.*Client.delete\(job_id\)"):
        client.train(**job).start()
    client.delete(job["job_id"])
    with client.train(**job | {"max_epochs": 6}) as run:
        assert run.number
