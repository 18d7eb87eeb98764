"""Live jobs that begin with recorded runs: as if they had lived through them."""

from __future__ import annotations

import dataclasses
import logging
import tempfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small import JOB, TRACES, make_traces
from small_traces import KNOBS as KNOBS_DRAWN
from small_traces import MAX_EPOCHS, traces

from simulator import Job, SimulatorError, Traces, replay
from simulator.errors import (
    ConvergenceError,
    ExhaustedError,
    JobConflictError,
    NotInTraceError,
    ReplayError,
    SpecError,
    UnknownJobError,
)
from simulator.policy import create
from simulator.service.model import Ending, JobSpec, TrialStatus
from simulator.service.trip import export_job, import_replay, import_traces
from simulator.service.trip.reach.local import LocalService

KNOBS = {"policy": "pruning-gts", "power_policy": "jit", "seed": 3}


@pytest.fixture
def service(database_url):
    """A service on a new database of each kind."""
    opened = LocalService(database_url)
    yield opened
    opened.close()


@pytest.fixture
def on_file(sqlite_url):
    """The same on SQLite alone."""
    opened = LocalService(sqlite_url)
    yield opened
    opened.close()


def spec(**more):
    """A job that fits the traces."""
    usual = {"job_id": "nightly", "batch_sizes": [8, 16, 32, 64], "default_batch_size": 16, "max_epochs": 20}
    usual |= {"max_power_w": 200, "gpu": "v100", "dataset": "d", "network": "n", "optimizer": "adam", "seed": 3}
    return JobSpec(**usual | more)


def sizes_of(table):
    return table["batch_size"].tolist()


@pytest.mark.parametrize("recurrences", [1, 5, 12, 30])
@pytest.mark.parametrize("policy", ["pruning-gts", "ucb", "unimodal-ucb", "random"])
def test_the_service_goes_on_where_the_replay_ends(service, database_url, policy, recurrences):
    """The next size that it hands out is the next that the offline policy would have chosen."""
    longer = replay(JOB, TRACES, policy=policy, seeds=1, recurrences=recurrences + 1, engine="event")
    knobs = {**KNOBS, "policy": policy, "seed": 1}
    done = import_traces("nightly", TRACES, recurrences=recurrences, register=knobs, job=JOB, database=database_url)
    assert sizes_of(longer)[: len(done.trials)] == [trial.batch_size for trial in done.trials]
    assert service.dispatch("nightly").trial.batch_size == longer["batch_size"].iloc[len(done.trials)]


def test_an_import_is_entered_once(service, database_url):
    """A repetition, also a later one, changes nothing; a longer replay is another import."""
    asked = {"register": KNOBS, "job": JOB, "database": database_url}
    first = import_traces("nightly", TRACES, recurrences=6, **asked)
    service.dispatch("nightly")
    before = service.history("nightly")
    again = import_traces("nightly", TRACES, recurrences=6, **asked)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.trials == first.trials
    assert service.history("nightly") == before
    assert all(trial.ending is Ending.RECORDED and trial.status is TrialStatus.SUCCEEDED for trial in first.trials)
    assert [trial.observation for trial in first.trials] == list(range(1, len(first.trials) + 1))
    assert import_traces("nightly", TRACES, recurrences=9, **asked).is_new


def test_runs_that_could_not_afford_an_epoch_are_told(on_file, sqlite_url):
    """They are in no result table, but the policy must know them to choose as it would have."""
    dear = make_traces({16: [2.0, 2.0], 32: [500.0], 64: [2.0]})
    dear.power.loc[dear.power["batch_size"] == 32, "time_per_epoch"] *= 1000
    job = Job("d", "n", "adam", 0.5, 20, default_bs=16)
    done = import_traces("nightly", dear, recurrences=4, register=KNOBS, job=job, database=sqlite_url)
    silent = [trial for trial in done.trials if not trial.energy_j]
    assert [trial.batch_size for trial in silent] == [32]
    assert silent[0].epoch == 0
    assert silent[0].cost > 100 * min(trial.cost for trial in done.trials)
    longer = replay(job, dear, policy="pruning-gts", seeds=3, recurrences=9, engine="event")
    ran = [trial.batch_size for trial in done.trials if trial.energy_j]
    assert sizes_of(longer)[: len(ran)] == ran
    assert on_file.dispatch("nightly").trial.batch_size == sizes_of(longer)[len(ran)]


def test_a_job_whose_limits_nobody_chooses_is_replayed_at_the_largest(on_file, sqlite_url):
    """And MAXPOWER is the job's, not that of the traces."""
    on_file.register(spec(max_power_w=300.5))
    done = import_traces("nightly", TRACES, recurrences=3, database=sqlite_url)
    full = replay(JOB, TRACES, policy="pruning-gts", power_policy="full", seeds=3, recurrences=3, engine="event")
    assert [trial.energy_j for trial in done.trials] == full["energy_j"].tolist()
    assert {trial.power_limit_w for trial in done.trials} == {None}
    for trial in done.trials:
        assert trial.cost == 0.5 * trial.energy_j + 0.5 * 300.5 * trial.time_s


def test_a_table_of_runs_begins_a_job(service, database_url, tmp_path):
    """From memory or from a file, one replay of several; the epochs are not known."""
    service.register(spec(power_policy="jit", power_limits_w=[100, 200]))
    table = replay(JOB, TRACES, policy="pruning-gts", seeds=[3, 4], recurrences=8, engine="event")
    with pytest.raises(ReplayError, match="of 2; say which with policy="):
        import_replay("nightly", table, database=database_url)
    done = import_replay("nightly", table, seed=3, database=database_url)
    mine = table.loc[table["seed"] == 3]
    for name in ("batch_size", "power_limit_w", "energy_j", "time_s", "cost"):
        assert [getattr(trial, name) for trial in done.trials] == mine[name].tolist()
    for suffix, write in ((".parquet", pd.DataFrame.to_parquet), (".csv", pd.DataFrame.to_csv)):
        write(table, tmp_path / f"runs{suffix}", index=False)
        assert not import_replay("nightly", tmp_path / f"runs{suffix}", seed=3, database=database_url).is_new


def test_an_export_of_an_import_is_what_was_imported(service, database_url, tmp_path):
    """But for profiling, which live jobs do themselves, and for the times, which were elsewhere."""
    import_traces("nightly", TRACES, recurrences=10, register=KNOBS, job=JOB, database=database_url)
    exported = export_job("nightly", tmp_path / "out", database=database_url).result
    table = replay(JOB, TRACES, policy="pruning-gts", seeds=3, recurrences=10, engine="event")
    spare = ["profiled", "started_s", "ended_s"]
    pd.testing.assert_frame_equal(exported.drop(columns=spare), table.drop(columns=spare), check_exact=True)
    service.delete("nightly")
    service.register(spec(power_policy="jit", power_limits_w=[100, 200]))
    done = import_replay("nightly", tmp_path / "out" / "results.parquet", database=database_url)
    assert [trial.batch_size for trial in done.trials] == sizes_of(table)


@pytest.mark.parametrize("file", ["results.parquet", "results.csv"])
def test_lost_trials_of_an_export_are_not_imported(on_file, sqlite_url, tmp_path, file):
    """They used energy up, and are rows; but they say nothing about a batch size."""
    import_traces("nightly", TRACES, recurrences=3, register=KNOBS, job=JOB, database=sqlite_url)
    lost = on_file.dispatch("nightly").trial
    dispatcher, run = on_file._dispatcher, on_file._loop.run
    run(dispatcher.report("nightly", None, lost.number, energy_j=5.0, time_s=1.0, metric=0.1, epoch=1))
    run(dispatcher.end("nightly", None, lost.number))
    exported = export_job("nightly", tmp_path / "out", database=sqlite_url).result
    assert exported["energy_j"].iloc[-1] == 5.0
    on_file.delete("nightly")
    on_file.register(spec(power_policy="jit", power_limits_w=[100, 200]))
    done = import_replay("nightly", tmp_path / "out" / file, database=sqlite_url)
    assert [trial.energy_j for trial in done.trials] == exported["energy_j"].tolist()[:-1]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_random_jobs_go_on_where_their_replay_ends(data):
    """Whatever the traces and knobs: a policy that was told the same offline chooses the size that is handed out."""
    train, power, sizes = data.draw(traces())
    beta, eta = data.draw(KNOBS_DRAWN)
    job = Job("d", "n", "adam", 0.5, data.draw(MAX_EPOCHS), default_bs=data.draw(st.sampled_from(sizes)))
    policy = data.draw(st.sampled_from(["pruning-gts", "grid-pruning", "ucb", "epsilon-greedy", "successive-halving"]))
    register = {"policy": policy, "seed": data.draw(st.integers(0, 2**40)), "beta": beta, "eta": eta}
    recorded = Traces(train=train, power=power, gpu="g")
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/jobs.db"
        asked = {"recurrences": data.draw(st.integers(1, 12)), "register": register, "database": database}
        try:
            done = import_traces("nightly", recorded, job=job, **asked)
        except SimulatorError:
            assume(False)
        offline = create(policy, seed=register["seed"])
        offline.register_job(job, sorted(sizes))
        for trial in done.trials:
            assert offline.predict(job) == trial.batch_size
            offline.observe(job, trial.batch_size, trial.cost, trial.converged)
        service = LocalService(database)
        try:
            expected = outcome_of(lambda: offline.predict(job))
            assert outcome_of(lambda: service.dispatch("nightly").trial.batch_size) == expected
        finally:
            service.close()


def outcome_of(choose):
    """The size that is chosen, or that there is none left."""
    try:
        return choose()
    except ExhaustedError:
        return None


def test_what_does_not_fit_is_refused(on_file, sqlite_url):
    """Batch sizes, power limits, targets and jobs that are not those; nothing is entered then."""
    service = {"database": sqlite_url}
    with pytest.raises(UnknownJobError, match="nightly"):
        import_traces("nightly", TRACES, **service)
    on_file.register(spec(batch_sizes=[8, 16, 128], power_policy="jit", power_limits_w=[100]))
    with pytest.raises(NotInTraceError, match=r"do not hold batch sizes 128 of .*; they hold 8, 16, 32, 64"):
        import_traces("nightly", TRACES, **service)
    on_file.register(spec(job_id="hot", power_policy="jit", power_limits_w=[100, 300]))
    with pytest.raises(NotInTraceError, match=r"do not hold power limits \[W\] 300"):
        import_traces("hot", TRACES, **service)
    on_file.register(spec(job_id="other", dataset="e"))
    with pytest.raises(NotInTraceError, match="dataset"):
        import_traces("other", TRACES, **service)
    table = replay(JOB, TRACES, policy="default", seeds=0, recurrences=3, engine="event")
    with pytest.raises(ReplayError, match="the runs are of Job"):
        import_replay("other", table, **service)
    with pytest.raises(ReplayError, match="batch sizes 77, too"):
        import_replay("nightly", table.assign(batch_size=77), **service)
    with pytest.raises(ReplayError, match="power limit of 200 W, and the job has 100 W"):
        import_replay("nightly", table.assign(power_limit_w=200), **service)
    with pytest.raises(ReplayError, match="has the columns energy_j, too"):
        import_replay("nightly", table.drop(columns="energy_j"), **service)
    with pytest.raises(ReplayError, match="cannot be read"):
        import_replay("nightly", "nowhere.parquet", **service)
    for job_id in ("nightly", "hot", "other"):
        assert on_file.history(job_id).trials == []


def test_what_cannot_be_registered_is_refused(on_file, sqlite_url):
    """Another job under the id, several jobs in the traces, options that are none, a target out of reach."""
    service = {"database": sqlite_url}
    on_file.register(spec())
    with pytest.raises(JobConflictError):
        import_traces("nightly", TRACES, register=KNOBS, job=JOB, **service)
    with pytest.raises(NotInTraceError, match=r"which job of the traces test is meant.*none"):
        import_traces("new", TRACES, register={}, **service)
    with pytest.raises(SpecError, match="eta"):
        import_traces("new", TRACES, register={"eta": 7}, job=JOB, **service)
    hard = Job("d", "n", "adam", 0.5, 20, default_bs=64)
    with pytest.raises(ConvergenceError):
        import_traces("new", TRACES, register=KNOBS, job=hard, **service)
    assert on_file.history("new").trials == []


def test_runs_of_another_gpu_are_mentioned(on_file, sqlite_url, caplog):
    """They are entered: that a model's name is spelled in another way is usual."""
    on_file.register(spec(gpu="NVIDIA A40"))
    with caplog.at_level(logging.WARNING, "simulator.service"):
        import_traces("nightly", TRACES, recurrences=2, database=sqlite_url)
    assert "the job trains on NVIDIA A40, and the runs were recorded on v100" in caplog.text


def test_a_job_without_a_dataset_takes_traces_of_its_name(on_file, sqlite_url):
    """Its own export names it so; what a live job wrote, a new service can begin it with."""
    unnamed = {"dataset": "nightly", "network": "unknown", "optimizer": "unknown"}
    exported = dataclasses.replace(TRACES, train=TRACES.train.assign(**unnamed), power=TRACES.power.assign(**unnamed))
    on_file.register(spec(dataset="", network="", optimizer=""))
    done = import_traces("nightly", exported, recurrences=5, database=sqlite_url)
    assert len(done.trials) >= 5
