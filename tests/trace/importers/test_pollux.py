"""Pollux's measurements become metrics, times and train traces; the fixtures are SYNTHETIC, in the published format."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.importers.pollux import read_pollux
from simulator.trace.read import read_metrics, read_train

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "progress,iteration,metric,grad_sqr,grad_var\n"


def application(folder: Path) -> Path:
    """An application whose data has 1000 samples: 100 steps a row at batch size 10, twice as many passes at 40."""
    folder.mkdir(parents=True)
    small = "".join(f"{100.0 * n},{100 * n},{0.5 + 0.1 * n},1.0,2.0\n" for n in (1, 2, 3, 4))
    (folder / "validation-10.csv").write_text(HEAD + small)
    large = "".join(f"{100.3 * n},{50 * n},{value},1.0,2.0\n" for n, value in ((1, 0.5), (2, "nan"), (3, 0.85)))
    (folder / "validation-40.csv").write_text(HEAD + large)
    steps = "1,10,0.1,0.0\n1,20,0.2,0.0\n2,5,0.06,0.01\n2,20,0.21,0.01\n11,10,0.5,0.4\n"
    (folder / "placements.csv").write_text("placement,local_bsz,step_time,sync_time\n" + steps)
    return folder


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """A folder with one application that is known, and one that is not."""
    application(tmp_path / "traces" / "cifar10")
    application(tmp_path / "traces" / "mine")
    (tmp_path / "traces" / "philly.csv").write_text("time\n1\n")
    return tmp_path / "traces"


def test_epochs_are_passes_over_the_data(measured: Path) -> None:
    """Rows that took twice the samples are two epochs; a metric that is no number is empty."""
    metrics = read_pollux(measured / "cifar10").tables["metrics"]
    assert set(metrics["dataset"]) == {"cifar10"}
    assert set(metrics["network"]) == {"resnet18"}
    by_size = dict(iter(metrics.groupby("batch_size")))
    assert by_size[10]["epoch"].tolist() == [1, 2, 3, 4]
    assert by_size[40]["epoch"].tolist() == [2, 4, 6]
    assert by_size[40]["value"].fillna(-1).tolist() == [0.5, -1, 0.85]
    assert set(by_size[40]["epochs"]) == {6}


@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_a_metric_that_is_not_finite_is_empty(measured: Path, value: str) -> None:
    """It passes no target, in whatever direction."""
    file = measured / "mine" / "validation-40.csv"
    file.write_text(file.read_text().replace("nan", value))
    metrics = read_pollux(measured / "mine", targets=[0.6]).tables["metrics"].query("batch_size == 40")
    assert metrics["value"].isna().tolist() == [False, True, False]


def test_times_of_an_epoch(measured: Path) -> None:
    """100 steps of 10 samples at 0.1 s; shares above what was measured take several passes that synchronize once."""
    times = read_pollux(measured / "cifar10").tables["times"].set_index(["placement", "batch_size"])
    assert times["time_per_epoch"].to_dict() == pytest.approx(
        {
            ("1", 10): 100 * 0.1,
            ("1", 40): 25 * 2 * 0.2,  # 20 samples, twice
            ("2", 10): 100 * 0.06,
            ("2", 40): 25 * 0.21,
            ("11", 40): 25 * (0.5 + 0.1),  # the second pass does not synchronize
        }
    )
    assert times.loc[("1", 40), "accumulation_steps"] == 1
    assert times["gpus"].to_dict()[("11", 40)] == 2


def test_interpolated_between_measured_sizes(measured: Path) -> None:
    """Halfway between two local batch sizes, a step takes the mean of both."""
    path = measured / "cifar10" / "placements.csv"
    path.write_text(path.read_text().replace("1,20,", "1,70,").replace("11,10,0.5,0.4\n", ""))
    times = read_pollux(measured / "cifar10").tables["times"].set_index(["placement", "batch_size"])
    assert times.loc[("1", 40), "time_per_epoch"] == pytest.approx(25 * 0.15)


def test_a_train_trace_for_any_threshold(measured: Path, tmp_path: Path) -> None:
    """Targets give a train trace and jobs; what is written can be read, is the same each time, and names the gaps."""
    found = read_pollux(measured, targets=[0.8, 0.9])
    assert [job["target_metric"] for job in found.jobs] == [0.8, 0.9] * 2
    assert {job["default_bs"] for job in found.jobs} == {10}
    assert not found.replayable
    for name in ("a", "b"):
        files = read_pollux(measured, targets=[0.8, 0.9]).write(tmp_path / name)
    assert [file.name for file in files] == ["metrics.csv", "times.csv", "trace.json", "train.csv"]
    for file in files:
        assert file.read_bytes() == (tmp_path / "a" / file.name).read_bytes()
    assert "gaps: no power and no power limits" in (tmp_path / "a" / "trace.json").read_text()
    train = read_train(tmp_path / "a" / "train.csv").query("dataset == 'mine'")
    epochs = train.set_index(["batch_size", "target_metric"])["target_epoch"].fillna(math.inf).to_dict()
    assert epochs == {(10, 0.8): 3, (10, 0.9): 4, (40, 0.8): 6, (40, 0.9): math.inf}
    assert len(read_metrics(tmp_path / "a")) == len(found.tables["metrics"])


def test_one_application_of_several(measured: Path) -> None:
    """They are chosen by name."""
    assert set(read_pollux(measured, applications=["mine"]).tables["metrics"]["network"]) == {"mine"}
    with pytest.raises(NotInTraceError, match=r"no application 'cifar', but cifar10, mine; did you mean 'cifar10'"):
        read_pollux(measured, applications=["cifar"])


def test_rounding_never_makes_an_epoch_twice(measured: Path) -> None:
    """Evaluations closer than an epoch keep the later one."""
    rows = "".join(f"{99.0 + n},{99 + 30 * n},{n / 10},1,1\n" for n in range(1, 9))
    (measured / "mine" / "validation-80.csv").write_text(HEAD + rows)
    metrics = read_pollux(measured / "mine").tables["metrics"].query("batch_size == 80")
    assert not metrics["epoch"].duplicated().any()
    rows = "".join(f"{99.0 + n},{99 + n},{n / 10},1,1\n" for n in range(1, 9))
    (measured / "mine" / "validation-80.csv").write_text(HEAD + rows)
    assert read_pollux(measured / "mine").tables["metrics"].query("batch_size == 80")["value"].tolist() == [0.7, 0.8]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("validation-10.csv", "", "validation-10.csv: it is empty"),
        ("validation-10.csv", HEAD, "holds no evaluation"),
        ("validation-10.csv", "a,b\n1,2\n", "no column progress, iteration, metric, but a, b"),
        ("validation-10.csv", HEAD + "1,1,0.5,1,1\n2,2\n", "line 3: more or fewer cells"),
        ("validation-10.csv", HEAD + "1,1,0.5,1,1\n2,1,0.6,1,1\n", "line 3: iteration is 1, and does not rise"),
        ("validation-10.csv", HEAD + "1,1,0.5,1,1\nx,2,0.6,1,1\n", "line 3: progress is x"),
        ("placements.csv", "placement,local_bsz,step_time,sync_time\n1,4,0.1,0\n,4,0.1,0\n", "line 3: a placement"),
        (
            "placements.csv",
            "placement,local_bsz,step_time,sync_time\n1,4,0.1,0\n1,8,-1,0\n",
            "line 3: no usable step_time",
        ),
        ("placements.csv", "placement,local_bsz,step_time,sync_time\n1,4,1,0\n1,4,2,0\n", "line 3: a second time"),
        (
            "placements.csv",
            "placement,local_bsz,step_time,sync_time\n1,4,1,1\n1,8,1,1.5\n",
            "line 3: a sync_time longer than the step_time",
        ),
        ("placements.csv", "placement\n1\n", "no column local_bsz, step_time, sync_time"),
    ],
)
def test_torn_and_foreign_files(measured: Path, file: str, text: str, says: str) -> None:
    """What is wrong is said with file and line."""
    (measured / "mine" / file).write_text(text)
    with pytest.raises(TraceError, match=says) as refused:
        read_pollux(measured)
    assert str(measured / "mine" / file) in str(refused.value)


def test_folders_without_measurements(tmp_path: Path) -> None:
    """Neither a missing folder nor one of something else is read."""
    with pytest.raises(TraceError, match="no folder"):
        read_pollux(tmp_path / "nowhere")
    with pytest.raises(TraceError, match=r"holds no validation-<batch size>\.csv"):
        read_pollux(tmp_path)
    application(tmp_path / "a")
    (tmp_path / "a" / "placements.csv").unlink()
    with pytest.raises(TraceError, match=r"placements\.csv"):
        read_pollux(tmp_path)


def test_published_numbers_make_sense(tmp_path: Path) -> None:
    """A curve shaped like a real one: the first rows of a large batch take several epochs, the last about one."""
    folder = application(tmp_path / "cifar10")
    (folder / "validation-40.csv").unlink()
    size, steps = 1000, np.geomspace(4, 1.0001, 40)
    rows = [f"{100 * (n + 1)},{it},{0.9},1,1\n" for n, it in enumerate(np.cumsum(steps).round(3))]
    (folder / f"validation-{size}.csv").write_text(HEAD + "".join(rows))
    metrics = read_pollux(folder).tables["metrics"].query("batch_size == @size")
    assert metrics["epoch"].iloc[0] == 4
    assert np.diff(metrics["epoch"])[-5:].tolist() == [1] * 5
    assert isinstance(metrics, pd.DataFrame)
