"""A live job's history in a folder: tables that a replay's readers take, and traces that are replayed."""

from __future__ import annotations

import errno
import json
import math
import os
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import JOB, TRACES

from simulator import read_traces, replay
from simulator.compare import combine, summarize
from simulator.cost import energy_time_cost
from simulator.errors import ServiceError, UnknownJobError, UnknownTrialError
from simulator.replay.frames import COLUMNS
from simulator.service.model import Ending, Job, JobSpec, Stage, Trial, TrialStatus, TrialType
from simulator.service.trip import export_job, rehearse
from simulator.service.trip.export import write_history
from simulator.service.trip.reach.live import JobHistory
from simulator.service.trip.reach.open import open_service
from simulator.service.trip.recorded import record_traces
from simulator.service.trip.rows import rows_of
from simulator.trace.directory import validate_directory

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPEC = JobSpec(
    job_id="night/ly", batch_sizes=[8, 16, 32], default_batch_size=16, max_power_w=300, gpu="NVIDIA A40", dataset="d",
    network="n", optimizer="adam", target_metric=0.9, max_epochs=20, seed=1,
)  # fmt: skip


def job_with(spec):
    return Job(
        job_id=spec.job_id, spec=spec, seed=1, stage=Stage.PRUNING, min_cost=None,
        min_cost_batch_size=spec.default_batch_size, exp_default_batch_size=spec.default_batch_size,
        last_trial_number=0, n_observed=0, revision=0, exhausted=False, created_at=BEGAN,
    )  # fmt: skip


def trial(number, **more):
    """A trial of 4 epochs that reached the target; each lasts an hour and starts when the one before ends."""
    began = BEGAN + timedelta(hours=number)
    usual = {
        "job_id": "night/ly", "number": number, "batch_size": 16, "power_limit_w": None, "type": TrialType.EXPLORATION,
        "status": TrialStatus.SUCCEEDED, "ending": Ending.REPORTED, "reason": "Explores.", "epoch": 4,
        "energy_j": 4000.0, "time_s": 40.0, "metric": 0.95, "cost": 8000.0, "converged": True, "observation": number,
        "started_at": began, "ended_at": began + timedelta(hours=1), "lease_until": began + timedelta(hours=2),
    }  # fmt: skip
    return Trial(**usual | more)


LOST = {"status": TrialStatus.FAILED, "ending": Ending.EXPIRED, "converged": None, "cost": None, "observation": None}
RUNNING = {**LOST, "status": TrialStatus.DISPATCHED, "ending": None, "ended_at": None}
STOPPED = {"converged": False, "metric": 0.5}


def history(*trials, **spec):
    return JobHistory(job_with(SPEC.model_copy(update=spec)), list(trials))


def test_a_recurrence_ends_with_a_trial_that_reached_the_target():
    """Trials count in the order in which they ended; failed and lost ones are attempts, silent ones are none."""
    table = rows_of(
        history(
            trial(1),
            trial(2, **STOPPED),
            trial(3, **LOST, epoch=1, energy_j=1000.0, time_s=10.0),
            trial(4, **LOST, epoch=0, energy_j=0.0, time_s=0.0),
            trial(5, batch_size=32),
            trial(6, ended_at=BEGAN),
            trial(7, **RUNNING),
            trial(8, **STOPPED),
        )
    )
    assert list(table.columns) == list(COLUMNS)
    assert table[["recurrence", "attempt"]].to_numpy().tolist() == [[0, 1], [1, 1], [2, 1], [2, 2], [2, 3], [3, 1]]
    assert table["reached"].tolist() == [True, True, False, False, True, False]
    assert table["energy_j"].tolist() == [4000.0, 4000.0, 4000.0, 1000.0, 4000.0, 4000.0]
    expected = [
        energy_time_cost(e, t, eta=0.5, max_power_w=300)
        for e, t in zip(table["energy_j"], table["time_s"], strict=True)
    ]
    assert table["cost"].tolist() == expected
    assert table["started_s"].iloc[1] == 0.0
    assert table["ended_s"].iloc[1] == 3600.0
    assert set(table["policy"]) == {"pruning-gts+full"}
    assert set(table["power_limit_w"]) == {300}


def test_traces_say_what_an_epoch_takes_and_when_the_target_was_reached():
    """Trials of a batch size and limit add up; one that reached its target too dearly reached it all the same."""
    found = record_traces(
        history(
            trial(1, power_limit_w=100, epoch=4, energy_j=4000.0, time_s=40.0),
            trial(2, power_limit_w=100, epoch=1, energy_j=3000.0, time_s=10.0, converged=False),
            trial(3, power_limit_w=200, epoch=2, energy_j=800.0, time_s=4.0, **STOPPED),
            trial(4, power_limit_w=100, epoch=1, energy_j=2000.0, time_s=20.0, **LOST),
            trial(5, batch_size=32, epoch=3, **LOST),
            power_limits_w=(100, 200, 300),
            power_policy="jit",
        )
    )
    assert found.train["run"].tolist() == [1, 2, 3]
    assert found.train["target_epoch"].fillna(0).tolist() == [4, 1, 0]
    assert found.train["epochs"].tolist() == [4, 1, 2]
    rows = found.power.set_index("power_limit")
    assert rows["time_per_epoch"].to_dict() == {100: 70.0 / 6, 200: 2.0}
    assert rows["average_power"].to_dict() == {100: 9000.0 / 70, 200: 200.0}


def test_a_metric_that_falls_reaches_its_target_from_above():
    """Word error rate and loss."""
    runs = (trial(1, metric=0.95), trial(2, metric=0.95, converged=False), trial(3, metric=0.2, converged=False))
    found = record_traces(history(*runs, higher_is_better=False))
    assert found.train["target_epoch"].fillna(0).tolist() == [4, 0, 4]


def test_several_gpus_are_added_up():
    """As their energy is: a replay weighs time with the limits of all."""
    found = record_traces(history(trial(1, power_limit_w=100), n_gpus=4, power_limits_w=(100, 75), power_policy="jit"))
    assert found.power["power_limit"].tolist() == [400]
    assert "power limits and power are added up over 4 GPUs" in found.remarks


def test_what_traces_cannot_tell_is_said():
    """In the manifest, and in trace.json."""
    runs = (
        trial(1), trial(2), trial(3, batch_size=8, **STOPPED), trial(4, **LOST, energy_j=0.0, time_s=0.0),
        trial(5, **RUNNING), trial(6, epoch=0), trial(7, **LOST),
    )  # fmt: skip
    found = record_traces(history(*runs, power_limits_w=(200, 300), power_policy="full"))
    said = "\n".join(found.remarks)
    for text in (
        "trials 5 still run",
        "trials 4 ended, and nobody had reported",
        "trials 6 do not say how many epochs",
        "trials 7 ended without a final report",
        "not tried, and that no replay can choose: 32",
        "tried once, so that each of their runs replays the same luck: 8",
        "never reached the target",
        "power limits that were not tried [W]: 200 at batch size 8; 200 at batch size 16",
        "learning rates are not known",
    ):
        assert text in said
    assert found.about["measured"]["remarks"] == found.remarks


def test_an_export_is_read_validated_and_replayed(database_url, tmp_path):
    """Live history, out, and back in as traces: other policies are compared with what happened."""
    knobs = {"policy": "pruning-gts", "seeds": 3, "recurrences": 25}
    table = rehearse(JOB, TRACES, **knobs, database=database_url, keeps_jobs=True)
    with open_service(database=database_url) as service:
        (job_id,) = [job.job_id for job in service._loop.run(service._dispatcher.list_jobs())]
    exported = export_job(job_id, tmp_path / "live", database=database_url)
    assert sorted(exported.files) == sorted(file.name for file in (tmp_path / "live").iterdir())
    spare = ["started_s", "ended_s"]
    pd.testing.assert_frame_equal(exported.result.drop(columns=spare), table.drop(columns=spare), check_exact=True)

    reports = validate_directory(tmp_path / "live")
    assert not any(report.errors for report in reports.values())
    traces = read_traces(tmp_path / "live")
    assert (traces.name, traces.gpu, traces.synthetic) == (job_id, "v100", False)
    (job,) = traces.jobs
    assert (job.default_bs, job.target_metric, job.max_epochs) == (16, 0.5, 20)
    other = replay(job, traces, policy="default", power_policy="full", seeds=range(3), recurrences=10)
    reread = pd.read_parquet(tmp_path / "live" / "results.parquet")
    assert reread.equals(exported.result)
    assert reread.attrs["manifest"]["knobs"]["engine"] == "live"
    summary = summarize(combine([reread, other]))
    assert summary["policy"].tolist() == ["pruning-gts", "default+full"]
    recorded = pd.read_csv(tmp_path / "live" / "results.csv")
    pd.testing.assert_frame_equal(recorded, exported.result, check_dtype=False, check_exact=True)
    assert len(pd.read_csv(tmp_path / "live" / "trials.csv")) == len(table)


def test_an_export_again_replaces_the_earlier_one_alone(tmp_path):
    """Other files stay; one of a name that is needed is in the way, and nothing is touched then."""
    out = tmp_path / "out"
    write_history(history(trial(1)), out)
    (out / "notes.txt").write_text("mine")
    write_history(history(trial(1, epoch=0)), out)
    assert {file.name for file in out.iterdir()} == {
        "results.parquet",
        "results.csv",
        "trials.csv",
        "manifest.json",
        "notes.txt",
    }
    (out / "train.csv").write_text("mine, too")
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(ServiceError, match=r"has train.csv already, not from an export"):
        write_history(history(trial(1)), out)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.mark.parametrize("at", ["results.parquet", "trials.csv", "manifest.json"])
def test_a_full_disk_leaves_the_earlier_export(tmp_path, monkeypatch, at):
    """Whichever file it is that finds no room: nothing is half-written, and nothing else is left."""
    out = tmp_path / "out"
    write_history(history(trial(1)), out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def failing(write):
        def written(self, *args, **more):  # of a table to a place, or of a text to itself
            if at in (getattr(self, "name", ""), *(place.name for place in args if isinstance(place, Path))):
                raise full
            return write(self, *args, **more)

        return written

    for name in ("to_parquet", "to_csv"):
        monkeypatch.setattr(pd.DataFrame, name, failing(getattr(pd.DataFrame, name)))
    monkeypatch.setattr(Path, "write_text", failing(Path.write_text))
    for place in (out, tmp_path / "new" / "folder"):
        with pytest.raises(ServiceError, match="No space left on device"):
            write_history(history(trial(1), trial(2)), place)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_must_not_be_written_is_named(tmp_path):
    """With what to do."""
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(ServiceError, match=r"shut.*Permission denied; name a folder"):
        write_history(history(trial(1)), tmp_path / "shut" / "out")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    """Also to root."""
    (tmp_path / "out").write_text("mine")
    for place in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(ServiceError, match="name a folder that can be made"):
            write_history(history(trial(1)), place)
    assert (tmp_path / "out").read_text() == "mine"


def test_nothing_to_export_is_said(sqlite_url, tmp_path):
    """No such job, no trial at all, none that has ended."""
    with pytest.raises(UnknownJobError):
        export_job("nobody", tmp_path / "out", database=sqlite_url)
    with open_service(database=sqlite_url) as service:
        service.register(SPEC)
        with pytest.raises(UnknownTrialError, match="there is none"):
            export_job("night/ly", tmp_path / "out", database=sqlite_url)
        service.dispatch("night/ly")
    with pytest.raises(UnknownTrialError, match="1 still run"):
        export_job("night/ly", tmp_path / "out", database=sqlite_url)
    assert not (tmp_path / "out").exists()


def test_seeds_beyond_64_bits_are_text_as_in_a_replay(tmp_path):
    """Unregistered seeds come from real entropy."""
    far = history(trial(1))
    exported = write_history(JobHistory(changed(far.job, seed=2**100), far.trials), tmp_path)
    assert exported.result["seed"].tolist() == [str(2**100)]
    assert json.loads((tmp_path / "manifest.json").read_text())["knobs"]["seeds"] == [2**100]


@pytest.mark.parametrize("name", ["2024", "1e5", "nan", "NA", "true", " x ", 'a,b"c', "über\u2028"])
def test_names_that_csv_would_change_stay_as_they_are(tmp_path, name):
    """A job of the published client is called as it likes, and its name stands for the dataset."""
    live = history(trial(1), trial(2), dataset="", job_id=name)
    exported = write_history(live, tmp_path / "out")
    assert not any(report.errors for report in validate_directory(tmp_path / "out").values())
    traces = read_traces(tmp_path / "out")
    assert traces.jobs[0].dataset == name
    assert len(replay(traces.jobs[0], traces, policy="default", power_policy="full", seeds=0, recurrences=2)) == 2
    assert ("train.csv" in exported.files) == (name in (" x ", 'a,b"c', "über\u2028"))


NUMBERS = st.floats(1e-3, 1e9)


@st.composite
def live_trials(draw):
    """Trials of all kinds, in any order of their ends."""
    kinds = [{}, STOPPED, LOST, RUNNING, {**LOST, "epoch": 0, "energy_j": 0.0, "time_s": 0.0}]
    found = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        amounts = {"energy_j": draw(NUMBERS), "time_s": draw(NUMBERS), "epoch": draw(st.integers(0, 20))}
        chosen = {"batch_size": draw(st.sampled_from([8, 16, 32])), "power_limit_w": draw(st.sampled_from([100, 200]))}
        chosen["ended_at"] = BEGAN + timedelta(seconds=draw(st.integers(0, 10**6)))
        chosen["started_at"] = min(BEGAN + timedelta(seconds=draw(st.integers(0, 10**6))), chosen["ended_at"])
        found.append(trial(number, **amounts | chosen | draw(st.sampled_from(kinds))))
    return found


@given(live_trials())
def test_whatever_happened_exports_to_tables_that_are_sound(trials):
    """Recurrences end as they should, energies add up, and traces have an epoch's energy and time to the total."""
    live = history(*trials, power_limits_w=(100, 200), power_policy="jit", max_power_w=200.0)
    table, found = rows_of(live), record_traces(live)
    ended = [one for one in trials if one.ended_at and one.energy_j]
    assert len(table) == len(ended)
    assert math.isclose(table["energy_j"].sum(), sum(one.energy_j for one in ended), rel_tol=1e-12)
    for _, rows in table.groupby("recurrence"):
        assert rows["attempt"].tolist() == list(range(1, len(rows) + 1))
        assert not rows["reached"].iloc[:-1].any()
    assert table["recurrence"].nunique() - table["reached"].sum() in (0, 1)
    told = {one.number for one in ended if one.epoch and one.status is TrialStatus.SUCCEEDED}
    assert set(found.train["run"] if len(found.train) else []) == told
    for row in found.power.itertuples():
        cell = [o for o in ended if o.epoch and (o.batch_size, o.power_limit_w) == (row.batch_size, row.power_limit)]
        whole = row.time_per_epoch * row.average_power * sum(one.epoch for one in cell)
        assert math.isclose(whole, sum(one.energy_j for one in cell), rel_tol=1e-9)
