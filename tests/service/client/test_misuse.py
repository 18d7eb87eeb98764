"""What a training script forgot, or gave that cannot be, is said to it."""

from __future__ import annotations

import logging
import math

import pytest
from training_runs import statuses

from simulator.errors import (
    BadValueError,
    ExhaustedError,
    JobConflictError,
    RefusedError,
    ServiceError,
    SettingsError,
)


def test_another_job_under_this_id_is_said(client, job):
    """A conflict is a ValueError, and a refusal with its status."""
    client.register(**job)
    with pytest.raises(JobConflictError) as caught, client.train(**job | {"eta": 0.1}):
        pass
    assert isinstance(caught.value, RefusedError)
    assert caught.value.status == 409


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


def test_a_run_is_entered_once(client, job):
    """And says nothing before."""
    run = client.train(**job)
    with pytest.raises(ServiceError, match="has not begun"):
        _ = run.batch_size
    with run, pytest.raises(ServiceError, match="another"):
        run.start()
    run.close()
    assert statuses(client, job) == [("Failed", "ended")]


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
