"""MLPerf logs of runs and of power become a trace; the fixtures are SYNTHETIC, in the published format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from synthetic_mllog import SETTINGS, line, run_log

from simulator.errors import TraceError
from simulator.replay import replay
from simulator.trace.importers.mlperf import read_mlperf
from simulator.trace.read import read_traces

if TYPE_CHECKING:
    from pathlib import Path


def test_it_becomes_a_trace_that_replays(results: Path, tmp_path: Path) -> None:
    """Runs, power of whole nodes, and a job whose target all runs reached."""
    found = read_mlperf([results])
    assert found.replayable
    found.write(tmp_path / "out")
    traces = read_traces(tmp_path / "out")
    (job,) = traces.jobs
    assert (job.target_metric, job.max_epochs, job.default_bs, job.higher_is_better) == (0.76, 8, 3200, True)
    assert (traces.gpu, job.workload) == ("1xnode-8-gpus", "imagenet,resnet,lars")
    assert traces.train["target_epoch"].tolist() == [8, 4, 6]
    assert traces.train["epochs"].tolist() == [8, 4, 6]
    (row,) = traces.power.to_dict("records")
    assert row["average_power"] == pytest.approx(2 * 0.9 * 1000 + 50)
    assert row["power_limit"] == 2 * 0.9 * 1050 + 50
    assert (row["time_per_epoch"], row["scope"], row["meters"]) == (30.0, "node", 3)
    assert "gaps: power is that of whole nodes" in (tmp_path / "out" / "trace.json").read_text()
    result = replay(job, traces, policy="default", seeds=0, recurrences=5)
    assert set(result["time_s"] / 30) <= {4.0, 6.0, 8.0}
    assert (result["energy_j"] / result["time_s"]).to_numpy() == pytest.approx(1850)


def test_the_same_bytes_each_time(results: Path, tmp_path: Path) -> None:
    """Wherever the logs are named from."""
    files = [results / f"result_{n}.txt" for n in (0, 2, 10)]
    for name, sources in {"a": [results], "b": files}.items():
        read_mlperf(sources, targets=[0.7]).write(tmp_path / name)
    names = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert names == ["metrics.csv", "power_1xnode-8-gpus.csv", "trace.json", "train.csv"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


@pytest.mark.parametrize("first", [0, 1])
def test_epochs_count_from_one(results: Path, first: int) -> None:
    """Some benchmarks number epochs from 0, others from 1; the first that was started is the first."""
    (results / "result_2.txt").write_text(run_log([0.5, 0.8], every=3, first=first))
    metrics = read_mlperf([results / "result_2.txt"], targets=[0.7]).tables["metrics"]
    assert metrics["epoch"].tolist() == [3, 6]
    assert metrics["value"].tolist() == [0.5, 0.8]


def test_evaluations_stand_for_epochs_where_those_are_rarer(tmp_path: Path) -> None:
    """A run within one epoch is cut at its evaluations, and that is among the gaps."""
    text = "".join(line(key, value) for key, value in {**SETTINGS, "submission_benchmark": "bert"}.items())
    text += line("run_start") + line("epoch_start", epoch_num=1)
    for number, value in enumerate((0.5, float("nan"), 0.72), 1):
        text += line("eval_accuracy", value, at_s=100 * number, epoch_num=150_000 * number)
    (tmp_path / "result_0.txt").write_text(text + line("run_stop", at_s=310, status="success"))
    found = read_mlperf([tmp_path])
    assert found.tables["metrics"]["epoch"].tolist() == [1, 2, 3]
    assert found.tables["metrics"]["value"].isna().tolist() == [False, True, False]
    assert found.tables["train"]["target_epoch"].tolist() == [3]
    assert not found.replayable
    assert found.gaps[0] == "no power"
    assert "from one evaluation to the next" in found.gaps[-1]


def test_settings_as_benchmarks_log_them(results: Path) -> None:
    """The learning rate may be called after the optimizer, and the optimizer not be named at all."""
    text = run_log([0.5, 0.8]).replace('"opt_base_learning_rate"', '"lars_opt_base_learning_rate"')
    (results / "result_2.txt").write_text(text.replace('"opt_name"', '"opt_lars"'))
    metrics = read_mlperf([results / "result_2.txt"]).tables["metrics"]
    assert set(metrics["learning_rate"]) == {10.5}
    assert set(metrics["optimizer"]) == {"unknown"}


def test_a_falling_metric_must_be_called_so(results: Path) -> None:
    """Without targets, the runs themselves say which way the metric goes; unlike words are refused."""
    for name, values in {"result_0": [3.0, 2.5], "result_2": [2.9, 2.6], "result_10": [3.0, 2.4]}.items():
        (results / f"{name}.txt").write_text(run_log(values))
    with pytest.raises(TraceError, match=r"result_0\.txt: the metric falls from 3 to 2\.5 .*--lower-is-better"):
        read_mlperf([results])
    found = read_mlperf([results], higher_is_better=False)
    assert [job["target_metric"] for job in found.jobs] == [2.6]
    assert found.tables["train"]["target_epoch"].tolist() == [4, 4, 4]


def test_runs_without_success_have_no_target_of_their_own(results: Path) -> None:
    """They give metrics and power, and a train trace once a target is named."""
    for name in ("result_0", "result_2", "result_10"):
        file = results / f"{name}.txt"
        file.write_text(file.read_text().replace("success", "aborted"))
    assert set(read_mlperf([results]).tables) == {"metrics", "power_1xnode-8-gpus"}
    assert "train" in read_mlperf([results], targets=[0.6]).tables
