"""From words to jobs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from simulator.cli.jobs import choose_jobs
from simulator.errors import NotInTraceError, TraceError
from simulator.job import Job
from simulator.trace.traces import Traces

KEYS = [("squad", "bert", "adamw"), ("twitter", "bert", "adamw"), ("cifar", "resnet", "sgd")]
SQUAD = Job("squad", "bert", "adamw", 0.9, 10, default_bs=16, default_lr=0.1)
TWITTER = replace(SQUAD, dataset="twitter")


@pytest.fixture
def traces():
    """Three workloads, two of them with jobs."""
    rows = [dict(zip(("dataset", "network", "optimizer"), key, strict=True)) for key in KEYS]
    sizes = [{**row, "batch_size": size} for row in rows for size in (8, 16)]
    train = [
        {**row, "learning_rate": 0.1, "run": run, "target_metric": 0.9, "target_epoch": 4.0}
        for row in sizes
        for run in (1, 2)
    ]
    power = [{**row, "power_limit": 200, "time_per_epoch": 10.0, "average_power": 150.0} for row in sizes]
    return Traces(train=pd.DataFrame(train), power=pd.DataFrame(power), gpu="v100", jobs=(SQUAD, TWITTER))


def test_no_word_means_every_job(traces):
    """Those that the traces come with."""
    assert choose_jobs(traces, [], {}) == [SQUAD, TWITTER]


@pytest.mark.parametrize("word", ["squad", "SQuAD", "squad,bert,adamw"])
def test_a_dataset_or_a_workload_names_a_job(traces, word):
    """In any case."""
    assert choose_jobs(traces, [word], {}) == [SQUAD]


def test_a_network_names_all_of_its_jobs_once(traces):
    """And a job that is named twice comes once, where it was named first."""
    assert choose_jobs(traces, ["twitter", "bert"], {}) == [TWITTER, SQUAD]


def test_fields_can_be_changed(traces):
    """A learning rate belongs to its batch size, so another size drops it unless it is given too."""
    assert choose_jobs(traces, ["squad"], {"max_epochs": 5}) == [replace(SQUAD, max_epochs=5)]
    assert choose_jobs(traces, ["squad"], {"default_bs": 8}) == [replace(SQUAD, default_bs=8, default_lr=None)]
    changes = {"default_bs": 8, "default_lr": 0.5}
    assert choose_jobs(traces, ["squad"], changes) == [replace(SQUAD, **changes)]


def test_a_change_that_the_traces_do_not_hold_is_refused(traces):
    """With the nearest that they do."""
    with pytest.raises(TraceError, match=r"no row .* has 0\.95; .* 0\.9"):
        choose_jobs(traces, ["squad"], {"target_metric": 0.95})


def test_any_workload_is_a_job_once_it_is_described(traces):
    """The traces need not know the job, if the user says its target, epochs and default."""
    wanted = {"target_metric": 0.9, "max_epochs": 7, "default_bs": 8}
    assert choose_jobs(traces, ["cifar"], wanted) == [Job("cifar", "resnet", "sgd", 0.9, 7, 8)]


def test_what_is_missing_is_said_with_what_was_recorded(traces):
    """The options to add, and values to choose from."""
    message = r"add --max-epochs, --default-bs\. Recorded are targets 0\.9, batch sizes 8, 16, .* up to 4 epochs"
    with pytest.raises(NotInTraceError, match=message):
        choose_jobs(traces, ["cifar"], {"target_metric": 0.9})


def test_an_unknown_word_lists_what_there_is(traces):
    """By dataset, those without a job included: workloads have commas in them already."""
    with pytest.raises(NotInTraceError, match=r"no job 'squat' on v100; did you mean 'squad'.* are cifar, squad, twi"):
        choose_jobs(traces, ["squat"], {})


def test_traces_without_jobs_say_how_to_name_one(traces):
    """There is nothing to replay by default."""
    with pytest.raises(NotInTraceError, match="come with no jobs; name one, --job, with --target-metric"):
        choose_jobs(replace(traces, jobs=()), [], {})
