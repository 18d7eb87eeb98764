"""`simulator trace derive`: other targets for recorded runs."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from fabricated import a_plan, collect_into

from simulator.collect.finalize import finalize
from simulator.trace.read import read_train, write_table

COLUMNS = ["dataset", "network", "batch_size", "optimizer", "learning_rate", "run", "epoch", "metric", "value"]


@pytest.fixture
def collected(tmp_path):
    """What a collection leaves: a folder with its trace in it."""
    folder = tmp_path / "collected" / "trace"
    rows = [
        ("digits", "mlp", size, "sgd", 0.1, run, epoch, "accuracy", 0.6 + 0.1 * epoch + 0.01 * run)
        for size in (8, 64)
        for run in (1, 2, 3)
        for epoch in (1, 2, 3)
    ]
    write_table(pd.DataFrame(rows, columns=COLUMNS), folder / "metrics.csv")
    power = [("digits", "mlp", size, "sgd", limit, 2.0, 90.0) for size in (8, 64) for limit in (100, 150)]
    names = ["dataset", "network", "batch_size", "optimizer", "power_limit", "time_per_epoch", "average_power"]
    write_table(pd.DataFrame(power, columns=names), folder / "power_a40.csv")
    job = {"dataset": "digits", "network": "mlp", "optimizer": "sgd", "target_metric": 0.5, "max_epochs": 3}
    (folder / "trace.json").write_text(json.dumps({"name": "digits", "jobs": [{**job, "default_bs": 64}]}))
    return tmp_path / "collected"


def test_derive_then_replay(run, collected):
    """From the folder of a collection, or the trace in it, to a replay with another target."""
    for where in (collected, collected / "trace"):
        done = run("trace", "derive", where, "--target", "0.8", "--target", "0.9")
        assert done.exit_code == 0, done.stderr
        files = ["metrics.csv", "power_a40.csv", "trace.json", "train.csv"]
        assert done.stdout.split() == [f"derived-traces/{name}" for name in files]
    assert "Job(digits,mlp,sgd,0.9,bs64~3)" in run("trace", "describe", "derived-traces").stdout
    words = ["--traces", "derived-traces", "--target-metric", "0.9", "-p", "default", "--seeds", "0", "--no-plots"]
    replayed = run("replay", *words)
    assert replayed.exit_code == 0, replayed.stderr
    assert run("trace", "validate", "derived-traces").exit_code == 0


def test_what_is_wrong_is_said(run, collected, tmp_path):
    """A metric that is not there, a folder without metrics, no target, a target that is none, a place that is taken."""
    for words, says in (
        ([collected, "--target", "1", "--metric", "loss"], "no metric 'loss', but accuracy"),
        ([tmp_path, "--target", "1"], "holds no metrics of single epochs"),
        (["nowhere", "--target", "1"], "no directory nowhere"),
        ([collected], "--target"),
        ([collected, "--target", "nan"], "no finite number"),
        ([collected, "--target", "1", "--out", tmp_path], "holds other files already (collected)"),
    ):
        refused = run("trace", "derive", *words)
        assert refused.exit_code == 2, words
        assert says in refused.stderr, refused.stderr
        assert not (tmp_path / "derived-traces").exists()


def test_of_several_metrics_the_one_that_was_collected_for_is_meant(run, tmp_path):
    """trace.json says which; another is named by the option, and where nothing says it, so is what to do."""
    collect_into(tmp_path / "both", a_plan())
    finalize(tmp_path / "both")
    done = run("trace", "derive", "both", "--target", "0.7")
    assert done.exit_code == 0, done.stderr
    assert json.loads((tmp_path / "derived-traces" / "trace.json").read_text())["measured"]["metric"] == "accuracy"
    (tmp_path / "both" / "trace" / "trace.json").unlink()
    refused = run("trace", "derive", "both", "--target", "0.7", "--out", "other")
    assert refused.exit_code == 2
    assert "the metrics are accuracy, loss; choose the one that is meant, --metric" in refused.stderr


def test_a_falling_metric_is_called_so(run, collected):
    """The first epoch at or below the target counts."""
    done = run("trace", "derive", collected, "--target", "0.75", "--lower-is-better")
    assert done.exit_code == 0, done.stderr
    assert set(pd.read_csv("derived-traces/train.csv")["target_epoch"]) == {1}


def test_the_direction_need_not_be_said_again(run, collected):
    """What the jobs say is meant; the opposite is refused."""
    file = collected / "trace" / "trace.json"
    about = json.loads(file.read_text())
    about["jobs"][0]["higher_is_better"] = False
    file.write_text(json.dumps(about))
    done = run("trace", "derive", collected, "--target", "0.75")
    assert done.exit_code == 0, done.stderr
    assert set(pd.read_csv("derived-traces/train.csv")["target_epoch"]) == {1}
    assert (
        json.loads((collected.parent / "derived-traces/trace.json").read_text())["jobs"][0]["higher_is_better"] is False
    )
    refused = run("trace", "derive", collected, "--target", "0.75", "--higher-is-better")
    assert refused.exit_code == 2
    assert "the jobs say that lower is better" in refused.stderr


def test_metrics_are_converted_with_the_rest(run, collected, tmp_path):
    """So that targets can be derived from traces in any format."""
    assert run("trace", "derive", collected, "--target", "0.8").exit_code == 0
    assert run("trace", "convert", "derived-traces", "parquet").exit_code == 0
    again = run("trace", "derive", "parquet", "--target", "0.9", "--out", "again")
    assert again.exit_code == 0, again.stderr
    assert sorted(file.name for file in (tmp_path / "again").iterdir()) == [
        "metrics.parquet",
        "power_a40.parquet",
        "trace.json",
        "train.csv",
    ]


def test_what_a_collection_leaves(run, tmp_path):
    """The targets that were collected come out the same when they are derived; others replay as well."""
    plan = a_plan()
    collect_into(tmp_path / "out", plan)
    trace = finalize(tmp_path / "out").trace
    target = plan.job.target_metric
    words = ["--metric", plan.metric, "--target", target]
    if not plan.job.higher_is_better:
        words.append("--lower-is-better")
    done = run("trace", "derive", tmp_path / "out", *words)
    assert done.exit_code == 0, done.stderr
    recorded = read_train(trace / "train.csv").query("target_metric == @target").reset_index(drop=True)
    derived = read_train(tmp_path / "derived-traces" / "train.csv")
    pd.testing.assert_frame_equal(derived, recorded[derived.columns])
    assert run("trace", "validate", "derived-traces").exit_code == 0
