"""Where a live job's history comes from: what nobody ran stays SYNTHETIC, wherever it goes."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest
from small import JOB, TRACES

from simulator import read_traces, replay
from simulator.compare import combine
from simulator.service.model import Origin
from simulator.service.trip import export_job, import_replay, import_traces, rehearse
from simulator.service.trip.origin import origin_of_manifest
from simulator.service.trip.reach.open import open_service

SYNTHETIC = dataclasses.replace(TRACES, synthetic=True)
PREDICTED = dataclasses.replace(TRACES, power=TRACES.power.assign(predicted=TRACES.power["batch_size"] == 8))
KNOBS = {"policy": "pruning-gts", "power_policy": "jit", "seed": 3}


@pytest.fixture
def place(sqlite_url):
    return {"database": sqlite_url}


@pytest.fixture
def service(place):
    with open_service(**place) as opened:
        yield opened


def enter(traces, place, job_id="nightly", recurrences=6):
    """Begin a job with a replay."""
    return import_traces(job_id, traces, recurrences=recurrences, register=KNOBS, job=JOB, **place).trials


def live(service, job_id="nightly"):
    """Let a trial run, and report."""
    trial = service.dispatch(job_id).trial
    run, dispatcher = service._loop.run, service._dispatcher
    if trial.power_limit_w is None:
        service.profile(job_id, trial.number, [(100, 90.0, 2.0), (200, 150.0, 1.0)])
    run(dispatcher.report(job_id, None, trial.number, energy_j=5.0, time_s=1.0, metric=1.0, epoch=3))


def export(place, folder, job_id="nightly"):
    """Export a job: what its manifest and its trace.json say, and its traces read again."""
    export_job(job_id, folder, **place)
    manifest, about = (json.loads((folder / name).read_text()) for name in ("manifest.json", "trace.json"))
    return manifest, about, read_traces(folder)


def test_synthetic_runs_are_exported_as_synthetic(database_url, tmp_path):
    """In all that is written, in words and figures; and the database and the job's counts say so."""
    place = {"database": database_url}
    trials = enter(SYNTHETIC, place)
    n = len(trials)
    assert {trial.origin for trial in trials} == {Origin.SYNTHETIC}
    assert all(trial.reason.startswith("SYNTHETIC. ") for trial in trials)
    with open_service(**place) as service:
        (standing,) = service.standings()
        assert (standing.counts.synthetic, standing.counts.predicted) == (n, 0)
    manifest, about, traces = export(place, tmp_path / "out")
    assert (about["synthetic"], manifest["traces"]["synthetic"], traces.synthetic) == (True, True, True)
    assert manifest["live"]["origins"] == about["measured"]["origins"] == {"synthetic": n}
    remark = f"SYNTHETIC history: {n} of {n} trials come from SYNTHETIC traces, and nobody ran them"
    assert remark in about["description"]
    assert remark in manifest["remarks"]
    assert "live" not in about["description"]


def test_one_synthetic_trial_is_enough(service, place, tmp_path):
    """A trial that ran is never called synthetic, but what it is mixed with is, and it says how much."""
    n = len(enter(SYNTHETIC, place, recurrences=2))
    live(service)
    assert service.history("nightly").trials[-1].origin is Origin.LIVE
    manifest, about, _ = export(place, tmp_path / "out")
    assert about["synthetic"]
    assert manifest["live"]["origins"] == {"live": 1, "synthetic": n}
    assert f"SYNTHETIC history: {n} of {n + 1} trials" in about["description"]


def test_what_was_recorded_stays_recorded(service, place, tmp_path):
    """Imported or live; that runs were entered is said all the same."""
    n = len(enter(TRACES, place))
    live(service)
    manifest, about, traces = export(place, tmp_path / "out")
    assert (about["synthetic"], manifest["traces"]["synthetic"], traces.synthetic) == (False, False, False)
    assert manifest["traces"]["predicted"] is manifest["traces"]["unknown"] is False
    assert manifest["live"]["origins"] == {"live": 1, "recorded": n}
    assert f"{n} of {n + 1} trials were entered from runs recorded elsewhere" in manifest["remarks"]
    (standing,) = service.standings()
    assert (standing.counts.synthetic, standing.counts.predicted) == (0, 0)


def test_a_job_that_was_lived_is_recorded_live(service, place, tmp_path):
    """Nothing is remarked about where it comes from."""
    enter(TRACES, place, recurrences=1)  # registers a job like it
    spec = service.history("nightly").job.spec.model_copy(update={"job_id": "lived"})
    service.register(spec)
    live(service, "lived")
    manifest, about, _ = export(place, tmp_path / "out", "lived")
    assert about["description"] == "Recorded live: trials of the job lived, exported from the optimizer service."
    assert manifest["live"]["origins"] == {"live": 1}
    assert not any("history" in remark or "entered" in remark for remark in manifest["remarks"])


def test_predictions_stay_predictions(service, place, tmp_path):
    """Row by row, as traces mark them."""
    n = len(enter(PREDICTED, place))
    live(service)
    manifest, about, traces = export(place, tmp_path / "out")
    assert (about["synthetic"], manifest["traces"]["predicted"]) == (False, True)
    assert f"PREDICTED history: {n} of {n + 1} trials" in about["description"]
    assert traces.predicts(traces.jobs[0])
    assert traces.train.set_index("run")["predicted"].to_dict() == {
        trial.number: trial.origin is Origin.PREDICTED for trial in service.history("nightly").trials if trial.epoch
    }


@pytest.mark.parametrize("file", ["results.parquet", "results.csv"])
def test_a_label_outlives_any_number_of_trips(service, place, tmp_path, file):
    """Out as a table, in, and out again."""
    enter(SYNTHETIC, place)
    export(place, tmp_path / "out")
    spec = service.history("nightly").job.spec.model_copy(update={"job_id": "again"})
    service.register(spec)
    done = import_replay("again", tmp_path / "out" / file, **place)
    assert {trial.origin for trial in done.trials} == {Origin.SYNTHETIC}
    export_job("again", tmp_path / "again", **place)
    assert json.loads((tmp_path / "again" / "manifest.json").read_text())["traces"]["synthetic"]


def test_tables_are_what_their_manifests_say(service, place, tmp_path):
    """That of the GPU at hand; a table without a manifest is of unknown origin, and is never called recorded."""
    enter(TRACES, place, recurrences=1)
    spec = service.history("nightly").job.spec
    asked = {"policy": "pruning-gts", "seeds": 3, "recurrences": 4, "engine": "event"}
    both = combine([
        replay(JOB, TRACES, **asked), replay(JOB, dataclasses.replace(SYNTHETIC, gpu="a40"), **asked)
    ])  # fmt: skip
    unlabelled = replay(JOB, SYNTHETIC, **asked)
    unlabelled.attrs = {}
    for name, table, origin in (
        ("synthetic", replay(JOB, SYNTHETIC, **asked), Origin.SYNTHETIC),
        ("predicted", replay(JOB, PREDICTED, **asked), Origin.PREDICTED),
        ("recorded", replay(JOB, TRACES, **asked), Origin.RECORDED),
        ("one-of-two", both.loc[both["gpu"] == "v100"], Origin.RECORDED),
        ("the-other", both.loc[both["gpu"] == "a40"], Origin.SYNTHETIC),
        ("unlabelled", unlabelled, Origin.UNKNOWN),
    ):
        service.register(spec.model_copy(update={"job_id": name}))
        assert {trial.origin for trial in import_replay(name, table, **place).trials} == {origin}, name
    export_job("unlabelled", tmp_path, **place)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert any("nobody said whether they were recorded" in remark for remark in manifest["remarks"])
    assert origin_of_manifest(manifest, "v100") is Origin.UNKNOWN


@pytest.mark.parametrize("odd", [[], {}, {"replays": 3}, {"traces": None}, {"replays": [None, {"traces": {}}]}])
def test_odd_manifests_say_nothing(odd):
    """They come out of files."""
    assert origin_of_manifest(odd, "v100") is Origin.UNKNOWN


def test_the_same_runs_are_entered_once_whatever_they_are_called(service, place):
    """So what an earlier version entered is not entered again; its label stays."""
    first = enter(SYNTHETIC, place)
    again = import_traces("nightly", TRACES, recurrences=6, register=KNOBS, job=JOB, **place)
    assert (again.is_new, again.trials) == (False, first)


@pytest.mark.parametrize(("traces", "origin"), [(SYNTHETIC, "synthetic"), (TRACES, "recorded")])
def test_rehearsals_that_stay_are_no_live_history(service, place, tmp_path, traces, origin):
    """Their trials were handed out and finished, and yet nobody ran them; the table is that of a replay."""
    asked = {"policy": "pruning-gts", "seeds": 3, "recurrences": 4}
    table = rehearse(JOB, traces, **asked, keeps_jobs=True, **place)
    pd.testing.assert_frame_equal(table, replay(JOB, traces, **asked, engine="event"), check_exact=True)
    assert table.attrs["manifest"]["traces"]["synthetic"] is traces.synthetic
    (standing,) = service.standings("rehearsal")
    manifest, about, _ = export(place, tmp_path / "out", standing.job.job_id)
    assert about["synthetic"] is traces.synthetic
    assert manifest["live"]["origins"] == {origin: len(table)}
