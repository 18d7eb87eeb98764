"""`simulator trace ...`: describe, convert, fit, synthesize, get."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import simulator
from simulator.trace.locate import bundled_directory
from simulator.trace.model import parse_parameters


def test_describe_says_what_there_is(run):
    """GPU, synthetic or not, targets, batch sizes and limits, the other GPUs, and the jobs."""
    text = run("trace", "describe").stdout
    assert text.startswith("synthetic on v100 – SYNTHETIC traces")
    assert "10: 8…4096" in text
    assert "GPUs there: a40, p100, rtx6000, v100" in text
    assert "Job(squad,bert_base_uncased,adamw,84.0,bs32~6)" in text
    rows = [json.loads(line) for line in run("trace", "describe", "--gpu", "p100", "--json").stdout.splitlines()]
    assert {row["gpu"] for row in rows} == {"p100"}
    assert all(row["synthetic"] and row["batch_sizes"] > 0 for row in rows)


def test_convert_keeps_every_value_and_what_the_traces_say_of_themselves(run, tmp_path):
    """From CSV to Parquet and back; synthetic traces stay synthetic."""
    bundled = bundled_directory()
    assert run("trace", "convert", bundled, "parquet").exit_code == 0
    done = run("trace", "convert", "parquet", "csv", "--format", "csv.gz")
    assert done.exit_code == 0
    assert "csv/power_a40.csv.gz" in done.stdout
    for gpu in ("v100", "a40"):
        first, last = (simulator.read_traces(where, gpu=gpu) for where in (bundled, tmp_path / "csv"))
        pd.testing.assert_frame_equal(first.train, last.train)
        pd.testing.assert_frame_equal(first.power, last.power)
        assert last.synthetic
        assert last.jobs == first.jobs
    pd.testing.assert_frame_equal(simulator.read_groups(bundled), simulator.read_groups(tmp_path / "csv"))


def test_convert_takes_a_single_table(run, tmp_path):
    """The names say the formats; one that says none is refused."""
    (tmp_path / "a.csv").write_text("x,y\n1,2.5\n")
    assert run("trace", "convert", "a.csv", "b.parquet").stdout == "b.parquet\n"
    assert pd.read_parquet(tmp_path / "b.parquet").to_dict("list") == {"x": [1], "y": [2.5]}
    refused = run("trace", "convert", "a.csv", "b.xlsx")
    assert refused.exit_code == 2
    assert "b.xlsx" in refused.stderr


@pytest.fixture
def one_gpu(tmp_path):
    """A directory with the bundled traces of one GPU, which are quick to fit."""
    folder = tmp_path / "one"
    folder.mkdir()
    for name in ("train.csv", "power_p100.csv"):
        (folder / name).write_bytes((bundled_directory() / name).read_bytes())
    return folder


def test_fit_then_synthesize_then_replay(run, one_gpu, tmp_path):
    """The way from recorded traces to as many synthetic ones as wanted; residuals are reported on the way."""
    fitted = run("trace", "fit", one_gpu, "--out", "model/p.json", "--json")
    assert fitted.exit_code == 0, fitted.stderr
    assert {json.loads(line)["quantity"] for line in fitted.stdout.splitlines()} >= {"time_per_epoch", "average_power"}
    parameters = parse_parameters((tmp_path / "model" / "p.json").read_text())
    assert parameters.name == "one"
    assert set(parameters.sources) == {"train.csv", "power_p100.csv"}
    options = ("--runs", "3", "--seed", "1", "--power-limit", "150", "--power-limit", "250", "--gpu", "p100")
    made = run("trace", "synthesize", "model/p.json", "--out", "made", *options)
    assert made.exit_code == 0, made.stderr
    traces = simulator.read_traces(tmp_path / "made")
    assert traces.synthetic
    assert set(traces.power["power_limit"]) == {150, 250}
    assert set(traces.train["run"]) == {1, 2, 3}
    replayed = run("replay", "--traces", "made", "-j", "squad", "-p", "default", "--seeds", "0", "--no-plots")
    assert replayed.exit_code == 0, replayed.stderr
    assert "on p100 – SYNTHETIC" in replayed.stdout


def test_fit_is_a_table_for_people_too(run, one_gpu):
    """With where the parameters went."""
    text = run("trace", "fit", one_gpu).stdout
    assert text.startswith("Fitted to one: relative errors")
    assert "Parameters: parameters.json" in text
    assert "SYNTHETIC" not in text
    assert "Fitted to synthetic, which are SYNTHETIC traces" in run("trace", "fit").stdout


def test_synthesize_is_the_same_every_time(run, tmp_path):
    """Equal words give equal bytes; without parameters, those of the bundled traces are used."""
    for name in ("b", "a"):
        made = run("trace", "synthesize", "--out", "a", "--runs", "2", "--gpu", "v100")
        assert made.exit_code == 0
        assert "SYNTHETIC" in made.stderr
        (tmp_path / "a").rename(tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert "trace.json" in files
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_synthesize_refuses_what_is_no_model(run, tmp_path):
    """A trace, a picture, nothing: one message each."""
    (tmp_path / "trace.csv").write_text("dataset,network\n")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff\xfe")
    for file in ("trace.csv", "picture", "nothing.json"):
        result = run("trace", "synthesize", file)
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")
        assert len(result.stderr.splitlines()) == 1


def test_get_brings_published_traces(run, published_traces, tmp_path, monkeypatch):
    """From a folder, verified; after it, every command knows them by name."""
    monkeypatch.setenv("SIMULATOR_DATA_DIR", str(tmp_path / "data"))
    missing = run("trace", "describe", "zeus-nsdi23")
    assert missing.exit_code == 2
    assert "simulator trace get zeus-nsdi23" in missing.stderr
    fetched = run("trace", "get", "--from", published_traces)
    assert fetched.exit_code == 0, fetched.stderr
    assert fetched.stdout == f"{tmp_path / 'data' / 'zeus-nsdi23'}\n"
    assert run("trace", "describe", "zeus-nsdi23").stdout.startswith("zeus-nsdi23 on v100\n")


def test_get_says_what_it_could_not_get(run, tmp_path):
    """And where else it may come from."""
    result = run("trace", "get", "--from", tmp_path / "empty", "--to", tmp_path / "there")
    assert result.exit_code == 2
    assert "summary_train.csv" in result.stderr
    assert "Name another source" in result.stderr


def test_predict_then_replay(run):
    """A GPU that is only planned: its traces are made from the bundled model, replayed, and called predicted."""
    made = run("trace", "predict", "--gpu", "new", "--like", "v100", "--relative-speed", "3", "--max-power", "700")
    assert made.exit_code == 0, made.stderr
    assert made.stdout.splitlines()[1] == "predicted-traces/power_new.csv"
    assert "PREDICTED" in made.stderr
    assert run("trace", "describe", "predicted-traces").stdout.startswith(
        "predicted-new on new – PREDICTED and SYNTHETIC traces\n"
    )
    row = json.loads(run("trace", "describe", "predicted-traces", "--json").stdout.splitlines()[0])
    assert row["predicted"]
    replayed = run(
        "replay", "--traces", "predicted-traces", "-j", "squad", "-p", "default", "--seeds", "0", "--no-plots"
    )
    assert replayed.exit_code == 0, replayed.stderr
    assert "on new – PREDICTED and SYNTHETIC" in replayed.stdout
    refused = run("trace", "predict", "--gpu", "v101")
    assert refused.exit_code == 2
    assert "did you mean 'v100'" in refused.stderr
    renamed = run("trace", "predict", "--gpu", "h", "--like", "v100")
    assert renamed.exit_code == 2
    assert "h would be v100 by another name" in renamed.stderr
    assert "--relative-speed, --max-power" in renamed.stderr


@pytest.fixture
def published_name(one_gpu, tmp_path, monkeypatch):
    """The name of published traces, under which traces of one GPU lie where a fetch would bring them."""
    one_gpu.rename(tmp_path / "zeus-nsdi23")
    monkeypatch.setenv("SIMULATOR_DATA_DIR", str(tmp_path))
    return "zeus-nsdi23"


def test_every_command_takes_traces_as_replay_does(run, tmp_path, published_name):
    """After a fetch, `--traces zeus-nsdi23` works wherever traces are meant; named twice, they are refused."""
    for words in (["describe"], ["validate"], ["fit", "--out", "p.json"], ["convert", "converted"]):
        done = run("trace", *words, "--traces", published_name)
        assert done.exit_code == 0, (words, done.stderr)
    assert (tmp_path / "converted" / "power_p100.parquet").is_file()
    assert "named twice" in run("trace", "describe", "here", "--traces", published_name).stderr
    assert run("trace", "convert", "a", "b", "--traces", published_name).exit_code == 2


def test_drift_makes_traces_that_can_be_replayed(run):
    """Factors and slices are those asked for; what is said tells that the drift is made up."""
    done = run("trace", "drift", "--drift", "critical-size=1,0.1", "--slices", "3", "--runs", "3", "--out", "d")
    assert done.exit_code == 0, done.stderr
    assert "d/train.csv" in done.stdout
    assert "made up" in done.stderr
    (job,) = simulator.read_traces("d").jobs
    found = run("replay", "--traces", "d", "-p", "default+full", "--seeds", "0", "--json", "-q", "--no-plots")
    assert json.loads(found.stdout)["recurrences"] == 3
    assert job.dataset == "sentiment140-drift"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--drift", "critical_size"), "has no factors"),
        (("--drift", "critical=1,2"), "did you mean 'critical_size'"),
        (("--job", "sentiment"), "did you mean 'sentiment140'"),
        (("--gpu", "v10"), "did you mean 'v100'"),
    ],
)
def test_drifts_that_nobody_can_mean_are_refused(run, tmp_path, words, says):
    """One message, exit code 2, no folder."""
    refused = run("trace", "drift", *words)
    assert refused.exit_code == 2
    assert says in " ".join(refused.stderr.split())
    assert not (tmp_path / "drifting-traces").exists()
