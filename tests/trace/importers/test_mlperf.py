"""MLPerf logs of runs and of power become a trace; the fixtures are SYNTHETIC, in the published format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TraceError
from simulator.replay import replay
from simulator.trace.importers.mllog_lines import MllogLine
from simulator.trace.importers.mlperf import read_mlperf
from simulator.trace.importers.mlperf_logs import read_power_log
from simulator.trace.read import read_traces

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "submission_benchmark": "resnet",
    "submission_platform": "1xNode (8 GPUs)",
    "global_batch_size": 3200,
    "opt_name": "lars",
    "opt_base_learning_rate": 10.5,
}


def line(key: str, value: Any = None, *, at_s: float = 0.0, **metadata: Any) -> str:
    event = {"namespace": "", "time_ms": int(1e12 + at_s * 1000), "event_type": "POINT_IN_TIME", "key": key}
    return f"0: :::MLLOG {json.dumps({**event, 'value': value, 'metadata': {'lineno': 1, **metadata}})}\n"


def run_log(values: list[float], *, every: int = 2, epoch_s: float = 30.0, first: int = 0, **settings: Any) -> str:
    """A run that evaluates every few epochs, whose numbers start from 0; all ranks say the same."""
    text = "starting\n" + "".join(line(key, value) for key, value in {**SETTINGS, **settings}.items())
    text += line("run_start", at_s=0)
    epochs = every * len(values)
    for epoch in range(epochs):
        text += 2 * line("epoch_start", at_s=epoch * epoch_s, epoch_num=first + epoch)
        if (epoch + 1) % every == 0:
            value = values[epoch // every]
            text += 2 * line("eval_accuracy", value, at_s=(epoch + 1) * epoch_s, epoch_num=first + epoch)
    return text + line("run_stop", at_s=epochs * epoch_s, status="success")


def power_log(power_w: float, *, seconds: int = 240, efficiency: float = 1.0) -> str:
    """Readings every 2 s, around a constant."""
    text = line("power_measurement_start", at_s=0) + line("conversion_eff", efficiency, at_s=0)
    for at_s in range(2, seconds + 1, 2):
        text += line("power_reading", power_w + (50 if at_s % 4 else -50), at_s=at_s)
    return text + line("power_measurement_stop", at_s=seconds)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Three runs of 8, 4 and 6 epochs, each with two nodes and a switch."""
    folder = tmp_path / "resnet"
    folder.mkdir()
    for name, values in {
        "result_0": [0.5, 0.6, 0.7, 0.76],
        "result_2": [0.7, 0.77],
        "result_10": [0.5, 0.7, 0.8],
    }.items():
        (folder / f"{name}.txt").write_text(run_log(values))
        beside = folder / "power" / name
        beside.mkdir(parents=True)
        for node in ("node_0", "node_1"):
            (beside / f"{node}.txt").write_text(power_log(1000.0, efficiency=0.9))
        (beside / "sw_0.txt").write_text(line("interconnect_power_est", 100.0) + line("conversion_eff", 0.5))
    return folder


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


def test_power_logs_as_they_were_published(results: Path) -> None:
    """Metadata may be empty text, and the stop may have lost its marker: then the last reading is the end."""
    for file in (results / "power").rglob("node_*.txt"):
        text = file.read_text().replace('"metadata": {"lineno": 1}', '"metadata": ""')
        head, _, tail = text.rpartition(":::MLLOG")
        file.write_text(f"{head}::MLLOG{tail}")
    (row,) = read_mlperf([results]).tables["power_1xnode-8-gpus"].to_dict("records")
    assert row["average_power"] == pytest.approx(2 * 0.9 * 1000 + 50)


def test_a_falling_metric_must_be_called_so(results: Path) -> None:
    """Without targets, the runs themselves say which way the metric goes; unlike words are refused."""
    for name, values in {"result_0": [3.0, 2.5], "result_2": [2.9, 2.6], "result_10": [3.0, 2.4]}.items():
        (results / f"{name}.txt").write_text(run_log(values))
    with pytest.raises(TraceError, match=r"result_0\.txt: the metric falls from 3 to 2\.5 .*--lower-is-better"):
        read_mlperf([results])
    found = read_mlperf([results], higher_is_better=False)
    assert [job["target_metric"] for job in found.jobs] == [2.6]
    assert found.tables["train"]["target_epoch"].tolist() == [4, 4, 4]


def test_readings_within_the_run_s_own_log(tmp_path: Path) -> None:
    """Power and evaluations in one file are one node."""
    (tmp_path / "result_0.txt").write_text(run_log([0.5, 0.8]) + power_log(700.0, seconds=120))
    (row,) = read_mlperf([tmp_path]).tables["power_1xnode-8-gpus"].to_dict("records")
    assert row["average_power"] == pytest.approx(700.0)
    assert row["meters"] == 1


def test_power_is_counted_once(results: Path) -> None:
    """Where nodes have logs of their own, readings within the run's log are of the same nodes."""
    (results / "result_2.txt").write_text(run_log([0.7, 0.77]) + power_log(1000.0, seconds=120))
    (row,) = read_mlperf([results / "result_2.txt"]).tables["power_1xnode-8-gpus"].to_dict("records")
    assert row["average_power"] == pytest.approx(2 * 0.9 * 1000 + 50)
    assert row["meters"] == 3


readings = st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 10_000)), min_size=1, max_size=20)


@given(gaps=readings, efficiency=st.floats(0.1, 1.0), rest=st.integers(0, 3000), data=st.data())
def test_energy_by_the_rule(gaps: list[tuple[int, int]], efficiency: float, rest: int, data: st.DataObject) -> None:
    """Σ P·Δt over the measured time, each reading for the time since the one before, in whatever order they stand."""
    at, lines, energy = 1000, [MllogLine("power_measurement_start", None, 1000.0)], 0
    for gap_ms, power_w in gaps:
        at += gap_ms
        energy += gap_ms * power_w
        lines.append(MllogLine("power_reading", power_w, float(at)))
    lines += [MllogLine("power_measurement_stop", None, at + rest + 0.5), MllogLine("conversion_eff", efficiency, 1.0)]
    lines.append(MllogLine("power_reading", 1e9, at + rest + 1.0))  # after the measurement
    lines.append(MllogLine("power_reading", 1e9, 0.0))  # before it
    shuffled = [lines[at] for at in data.draw(st.permutations(range(len(lines))))]
    if energy == 0:
        with pytest.raises(TraceError, match="are all 0"):
            read_power_log(shuffled, None)  # type: ignore[arg-type]  # the name of a file, for messages
        return
    found = read_power_log(shuffled, None)  # type: ignore[arg-type]  # the same
    assert found is not None
    assert found.average_w == pytest.approx(efficiency * energy / (at + rest + 0.5 - 1000))
    assert found.highest_w == pytest.approx(efficiency * max(power_w for _, power_w in gaps))


WHOLE = run_log([0.5, 0.8])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no line with :::MLLOG"),
        ("just some output\n", "holds no line with :::MLLOG"),
        (WHOLE[:-20], r"line \d+: no whole JSON object after :::MLLOG"),
        (WHOLE.replace("run_stop", "other"), "no run_stop; the log is of a part"),
        (WHOLE.replace("run_start", "other"), "no run_start"),
        (WHOLE.replace("eval_accuracy", "other"), "no evaluation"),
        (WHOLE.replace("global_batch_size", "other"), "no global_batch_size"),
        (run_log([0.5], global_batch_size="many"), "global_batch_size is 'many' where a number above 0"),
        (run_log([0.5], global_batch_size=256.5), "global_batch_size is 256.5 where a whole number"),
        (run_log([0.5], opt_base_learning_rate=0), "opt_base_learning_rate is 0 where"),
        (run_log([0.5], epoch_s=0.0), "run_stop is not after run_start"),
        (WHOLE.replace('"value": 0.8', '"value": "good"'), "eval_accuracy at .* is 'good' where a number"),
        (WHOLE + line("power_reading", 5), "no power_measurement_start"),
        (WHOLE + line("power_measurement_start") + line("power_reading", 5), "cover no time"),
    ],
)
def test_torn_and_foreign_logs(results: Path, text: str, says: str) -> None:
    """What is wrong is said with the file, and the line where one is torn."""
    (results / "result_2.txt").write_text(text)
    with pytest.raises(TraceError, match=says) as refused:
        read_mlperf([results])
    assert str(results / "result_2.txt") in str(refused.value)


def test_files_that_do_not_go_together(results: Path, tmp_path: Path) -> None:
    """Two benchmarks, one log twice, a folder without logs, no file, and bytes that are no text."""
    (tmp_path / "other.txt").write_text(run_log([0.5], submission_benchmark="ssd"))
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\xff\xfe\x00")
    for files, says in (
        ([results, tmp_path / "other.txt"], "results of resnet, ssd; import one"),
        ([results, results / "result_0.txt"], "named twice"),
        ([tmp_path], "holds no result_"),
        ([], "no log of a run"),
        ([tmp_path / "nothing.txt"], "cannot be read: No such file"),
        ([tmp_path / "picture.txt"], "holds no line with"),
    ):
        with pytest.raises(TraceError, match=says):
            read_mlperf(files)


def test_runs_without_success_have_no_target_of_their_own(results: Path) -> None:
    """They give metrics and power, and a train trace once a target is named."""
    for name in ("result_0", "result_2", "result_10"):
        file = results / f"{name}.txt"
        file.write_text(file.read_text().replace("success", "aborted"))
    assert set(read_mlperf([results]).tables) == {"metrics", "power_1xnode-8-gpus"}
    assert "train" in read_mlperf([results], targets=[0.6]).tables
