"""A trace with other targets is a trace."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.replay import replay
from simulator.trace.derive_trace import derive_trace
from simulator.trace.read import read_traces, write_table

if TYPE_CHECKING:
    from pathlib import Path

JOB = {"dataset": "squad", "network": "bert", "optimizer": "adamw", "target_metric": 0.1, "max_epochs": 3}


@pytest.fixture
def recorded(metrics: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame, tmp_path: Path) -> Path:
    """A folder as a collection leaves it, with the metrics of its runs."""
    folder = tmp_path / "recorded"
    for name, table in {"metrics": metrics, "power_v100": power, "power_a40": power, "groups": groups}.items():
        write_table(table, folder / f"{name}.csv")
    about = {"name": "mine", "description": "recorded here", "jobs": [{**JOB, "default_bs": 32}]}
    (folder / "trace.json").write_text(json.dumps(about))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_it_replays_with_the_new_targets(recorded: Path, tmp_path: Path) -> None:
    """Jobs are named once per target, and find their runs."""
    out = tmp_path / "new" / "derived"
    files = derive_trace(recorded, [0.6, 0.7], out, metric="accuracy")
    assert [file.name for file in files] == sorted(contents(out))
    traces = read_traces(out, gpu="a40")
    assert [(job.target_metric, job.default_bs, job.higher_is_better) for job in traces.jobs] == [
        (0.6, 32, True),
        (0.7, 32, True),
    ]
    result = replay(traces.jobs[1], traces, policy="default", seeds=0, recurrences=3)
    assert set(result["batch_size"]) == {32}
    assert result["reached"].all()


def test_everything_else_is_carried_over(recorded: Path, tmp_path: Path) -> None:
    """Byte for byte; what it says of itself is kept, with a word on the targets, however often they are derived."""
    derive_trace(recorded, [0.6], tmp_path / "once", metric="accuracy")
    derive_trace(tmp_path / "once", [0.7], tmp_path / "twice", metric="accuracy")
    before, after = contents(recorded), contents(tmp_path / "twice")
    assert set(after) == {*before, "train.csv"}
    assert {name for name in before if before[name] != after[name]} == {"trace.json"}
    about: dict[str, Any] = json.loads(after["trace.json"])
    assert about["name"] == "mine"
    assert about["description"] == "recorded here; targets derived from accuracy: 0.7"
    assert [job["target_metric"] for job in about["jobs"]] == [0.7]


def test_the_same_bytes_each_time_and_in_place(recorded: Path, tmp_path: Path) -> None:
    """A second derivation replaces the first, and may replace the folder that it came from."""
    for _ in range(2):
        derive_trace(recorded, [0.6], tmp_path / "a", metric="accuracy")
    derive_trace(recorded, [0.6], recorded, metric="accuracy")
    assert contents(tmp_path / "a") == contents(recorded)


def test_a_falling_metric(recorded: Path, tmp_path: Path) -> None:
    """Loss is passed from above; a run whose loss diverged never passes."""
    derive_trace(recorded, [0.5], tmp_path / "a", metric="loss", higher_is_better=False)
    traces = read_traces(tmp_path / "a", gpu="v100")
    assert traces.train["target_epoch"].fillna(0).tolist() == [2, 2, 0, 0]
    assert [job.higher_is_better for job in traces.jobs] == [False]


def test_the_direction_is_that_of_the_jobs(recorded: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody needs to say again what the folder says; the opposite is refused for the metric that jobs are about."""
    about = json.loads((recorded / "trace.json").read_text())
    about["jobs"][0]["higher_is_better"] = False
    for measured in ({}, {"measured": {"metric": "loss"}}):
        (recorded / "trace.json").write_text(json.dumps(about | measured))
        derive_trace(recorded, [0.5], tmp_path / "a", metric="loss")
        traces = read_traces(tmp_path / "a", gpu="v100")
        assert traces.train["target_epoch"].fillna(0).tolist() == [2, 2, 0, 0]
        assert [job.higher_is_better for job in traces.jobs] == [False]
    with pytest.raises(TraceError, match="the jobs say that lower is better, and are about loss"):
        derive_trace(recorded, [0.5], tmp_path / "b", metric="loss", higher_is_better=True)
    with pytest.raises(TraceError, match="jobs are about loss, and nothing says whether accuracy rises; say it"):
        derive_trace(recorded, [0.5], tmp_path / "b", metric="accuracy")
    assert not (tmp_path / "b").exists()
    derive_trace(recorded, [0.6], tmp_path / "b", metric="accuracy", higher_is_better=True)
    derive_trace(tmp_path / "b", [0.7], tmp_path / "c", metric="accuracy")
    assert {job.higher_is_better for job in read_traces(tmp_path / "c", gpu="v100").jobs} == {True}
    caplog.clear()
    (recorded / "trace.json").write_text(json.dumps(about))
    derive_trace(recorded, [0.6], tmp_path / "d", metric="accuracy", higher_is_better=True)
    assert caplog.messages == [
        "the jobs say that lower is better, though they may be about another metric than accuracy"
    ]


def test_jobs_that_differ_in_direction(recorded: Path, tmp_path: Path) -> None:
    """Then somebody must say which is meant."""
    about = json.loads((recorded / "trace.json").read_text())
    job = about["jobs"][0]
    about["jobs"] = [job | {"higher_is_better": True}, job | {"higher_is_better": False, "target_metric": 0.2}]
    (recorded / "trace.json").write_text(json.dumps(about))
    with pytest.raises(TraceError, match="some jobs say that higher is better, others"):
        derive_trace(recorded, [0.5], tmp_path / "a", metric="loss")
    derive_trace(recorded, [0.5], tmp_path / "a", metric="loss", higher_is_better=False)


def test_without_jobs_or_power(recorded: Path, tmp_path: Path) -> None:
    """A job is made of the runs, and allowed the epochs of the longest; power can come later."""
    for name in ("trace.json", "power_v100.csv", "power_a40.csv"):
        (recorded / name).unlink()
    derive_trace(recorded, [0.6], tmp_path / "a", metric="accuracy")
    assert set(contents(tmp_path / "a")) == {"groups.csv", "metrics.csv", "train.csv", "trace.json"}
    about = json.loads((tmp_path / "a" / "trace.json").read_text())
    assert about["jobs"] == [{**JOB, "target_metric": 0.6, "higher_is_better": True}]
    assert about["name"] == "recorded"


def test_nothing_or_all(recorded: Path, tmp_path: Path) -> None:
    """A result that cannot be replayed, or a place that is taken, leaves no trace of the attempt."""
    write_table(pd.read_csv(recorded / "power_a40.csv").assign(batch_size=7), recorded / "power_a40.csv")
    with pytest.raises(TraceError, match=r"not measured at batch size|in both traces"):
        derive_trace(recorded, [0.6], tmp_path / "a", metric="accuracy")
    (recorded / "power_a40.csv").unlink()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("years of work")
    with pytest.raises(TraceError, match=r"holds other files already \(thesis.tex\)"):
        derive_trace(recorded, [0.6], tmp_path / "taken", metric="accuracy")
    with pytest.raises(TraceError, match="is no folder"):
        derive_trace(recorded, [0.6], tmp_path / "taken" / "thesis.tex", metric="accuracy")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["recorded", "taken"]
    assert sorted(contents(tmp_path / "taken")) == ["thesis.tex"]


def test_without_metrics_there_is_nothing_to_derive(recorded: Path, tmp_path: Path) -> None:
    """What the folder holds instead is said."""
    (recorded / "metrics.csv").unlink()
    with pytest.raises(NotInTraceError, match=r"holds no metrics of single epochs.*; it holds groups.csv"):
        derive_trace(recorded, [0.6], tmp_path / "a")


def test_runs_that_may_only_have_been_stopped(
    recorded: Path, metrics: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that ended before the epochs allowed may have passed later: that is said, with how many."""
    write_table(metrics.query("epoch < 3 or batch_size == 8").drop(columns="epochs"), recorded / "metrics.csv")
    with caplog.at_level(logging.WARNING, logger="simulator"):
        derive_trace(recorded, [0.6, 0.8], tmp_path / "a", metric="accuracy")
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "2 of 4 runs ended before the epochs allowed without passing 0.8"
    ]


def test_runs_that_had_all_epochs_were_not_stopped(
    recorded: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That they never passed is known, and no word is lost about it."""
    with caplog.at_level(logging.WARNING, logger="simulator"):
        derive_trace(recorded, [0.6, 0.99], tmp_path / "a", metric="accuracy")
    assert caplog.messages == []
