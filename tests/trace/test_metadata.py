"""What a trace directory says about itself, and which of its jobs can be replayed on a GPU."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import TraceError
from simulator.job import Job
from simulator.trace import metadata as module
from simulator.trace.metadata import Metadata, gpus_summed, read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

JOB: dict[str, Any] = {
    "dataset": "squad",
    "network": "bert",
    "optimizer": "adamw",
    "target_metric": 84.0,
    "max_epochs": 6,
}


def write(folder: Path, content: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "trace.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_everything_is_read(tmp_path: Path) -> None:
    """Name, label, description and jobs are those of the file."""
    full = {**JOB, "default_bs": 32, "default_lr": 5e-5, "higher_is_better": False}
    content = {"name": "toy", "synthetic": True, "description": "A toy.", "jobs": [full, JOB]}
    about = read_metadata(write(tmp_path, content))
    assert (about.name, about.synthetic, about.description) == ("toy", True, "A toy.")
    assert [job for job, _ in about.jobs] == [
        Job("squad", "bert", "adamw", 84.0, 6, 32, 5e-5, higher_is_better=False),
        Job("squad", "bert", "adamw", 84.0, 6),
    ]


def test_the_default_batch_size_follows_the_gpu(train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path) -> None:
    """A GPU with a default of its own gets it, with the learning rate recorded there."""
    entry = {**JOB, "default_bs": 32, "default_lr": 5e-5, "default_bs_by_gpu": {"P100": 8}}
    about = read_metadata(write(tmp_path, {"jobs": [entry]}))
    train = train.assign(learning_rate=train["batch_size"].map({8: "1e-1", 32: "5e-5"}))
    (on_p100,) = about.jobs_on("p100", train, power)
    assert (on_p100.default_bs, on_p100.default_lr) == (8, 0.1)
    (on_v100,) = about.jobs_on("v100", train, power)
    assert (on_v100.default_bs, on_v100.default_lr) == (32, 5e-5)


def test_jobs_that_the_traces_lack_are_left_out(
    train: pd.DataFrame, power: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    """A job without rows is left out, with the reason in the log; that stock jobs are missing is no news."""
    there = Job("squad", "bert", "adamw", 84.0, 6)
    about = Metadata("toy", jobs=((there, {}), (Job("squad", "bert", "adamw", 99.0, 6), {})))
    assert about.jobs_on("v100", train, power) == (there,)
    assert about.jobs_on("v100", train, power.assign(network="gpt")) == ()
    assert "the nearest is 84.0" in caplog.text
    assert "there is 'gpt'" in caplog.text
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    caplog.clear()
    with caplog.at_level("INFO"):
        replace(about, stock=True).jobs_on("v100", train, power)
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_a_job_is_left_out_for_each_reason_once(
    train: pd.DataFrame, power: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    """A misspelt optimizer is in neither table, and said once; a target is said beside it."""
    about = Metadata("toy", jobs=((Job("squad", "bert", "AdamW", 99.0, 6), {}),))
    assert about.jobs_on("v100", train, power) == ()
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.count("has 'AdamW'; there is 'adamw'") == 1
    assert message.count("no row") == 2


def test_a_directory_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called by its own name, not synthetic, and meant for the jobs of the bundled traces."""
    bundled = write(tmp_path / "bundled", {"name": "bundled", "synthetic": True, "jobs": [JOB]})
    monkeypatch.setattr(module, "bundled_directory", lambda: bundled)
    own = tmp_path / "own"
    own.mkdir()
    about = read_metadata(own)
    assert (about.name, about.synthetic, len(about.jobs), about.stock) == ("own", False, 1, True)


def test_no_bundled_traces_no_stock_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bundled traces there are no stock jobs, and that is no error; nor are bundled traces without a file."""

    def none() -> Path:
        raise TraceError("none")

    monkeypatch.setattr(module, "bundled_directory", none)
    assert read_metadata(tmp_path).jobs == ()
    monkeypatch.setattr(module, "bundled_directory", lambda: tmp_path)
    assert read_metadata(tmp_path).jobs == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read"),
        ("[1]", "an object {...} is expected"),
        ({"nam": "x"}, "unknown key 'nam'; did you mean 'name'?"),
        ({"synthetic": "yes"}, "'synthetic' is 'yes', which has the wrong type"),
        ({"jobs": [{**JOB, "max_epoch": 6}]}, "job 0: unknown key 'max_epoch'; did you mean 'max_epochs'?"),
        ({"jobs": [JOB, {k: JOB[k] for k in JOB if k != "network"}]}, "job 1: no key 'network'"),
        ({"jobs": [{**JOB, "max_epochs": True}]}, "'max_epochs' is True"),
        ({"jobs": [{**JOB, "default_bs_by_gpu": {"p100": "8"}}]}, "default_bs_by_gpu: 'p100' is '8'"),
        ({"jobs": [{**JOB, "max_epochs": 0}]}, "job 0: 'max_epochs' is 0, but must be 1 or above"),
        ({"jobs": [{**JOB, "default_bs": -8}]}, "job 0: 'default_bs' is -8, but must be 1 or above"),
        ({"jobs": [{**JOB, "default_bs_by_gpu": {"p100": 0}}]}, "job 0: 'p100' is 0, but must be 1 or above"),
        ({"jobs": [{**JOB, "max_epochs": 0, "dataset": 1}]}, "wrong type, job 0: 'max_epochs' is 0"),
        ({"jobs": ["squad", {**JOB, "max_epochs": 0}]}, "expected, job 1: 'max_epochs' is 0"),
        ({"jobs": ["squad"]}, "job 0: 'squad' where an object"),
        ({"jobs": [{**JOB, "max_epochs": "6", "default_bs": 1.5}]}, "wrong type, job 0: 'default_bs' is 1.5"),
    ],
)
def test_a_file_that_cannot_be_understood(content: Any, says: str, tmp_path: Path) -> None:
    """Unknown, missing and mistyped keys are said with file, job and nearest name."""
    with pytest.raises(TraceError) as raised:
        read_metadata(write(tmp_path, content))
    assert says in str(raised.value)
    assert str(tmp_path / "trace.json") in str(raised.value)


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ({"measured": {"gpu": "A40-x2", "num_gpus": 2}}, 2),
        ({"measured": {"gpu": "a40", "num_gpus": 4}}, 1),
        ({"measured": {"gpu": "a40-x2", "num_gpus": 0}}, 1),
        ({"measured": {"gpu": "a40-x2", "num_gpus": "two"}}, 1),
        ({"measured": {"gpu": "a40-x2", "num_gpus": None}}, 1),
        ({"measured": {"gpu": "a40-x2"}}, 1),
        ({"measured": []}, 1),
        ({}, 1),
        ([], 1),
        ("{", 1),
    ],
)
def test_power_is_the_sum_of_as_many_gpus_as_were_measured(tmp_path: Path, content: Any, number: int) -> None:
    """As trace.json says of this power trace; one, where it says nothing that makes sense, or is about another."""
    assert gpus_summed(write(tmp_path, content) / "power_a40-x2.csv") == number
    assert gpus_summed(tmp_path / "none" / "power_a40-x2.csv") == 1
