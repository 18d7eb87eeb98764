"""One training run against the real application: told, reported, stopped, ended."""

from __future__ import annotations

import math
import threading
import time

import pytest
from training_runs import metered, statuses

from simulator.errors import (
    RefusedError,
    SpecError,
    TrainingFailedError,
    TrialEndedError,
)
from simulator.service.client import Client, EnergyMeter
from simulator.service.client.fields import DEFAULTS, JobFields


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


def test_numbers_of_other_libraries_are_numbers(client, job):
    """Scalars of numpy and PyTorch, and arrays of sizes."""
    np = pytest.importorskip("numpy")
    job |= {"batch_sizes": np.array([16, 32]), "default_batch_size": np.int64(32), "max_power_w": np.float32(300)}
    with client.train(**job) as run:
        assert run.report(metric=np.float32(0.95), energy_j=np.float64(5), time_s=np.int32(2)) is True


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
