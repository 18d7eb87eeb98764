"""Two tables together, and a job against both: why something matches nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from simulator.job import Job
from simulator.trace.read import list_gpus, read_power, read_train
from simulator.trace.validate import validate_job, validate_power, validate_traces

if TYPE_CHECKING:
    from pathlib import Path

JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)


def test_matching_tables(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """Nothing is said about two tables that fit."""
    assert validate_traces(train, power).problems == ()


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"optimizer": "AdamW"}, "optimizer", "no row of squad,bert has 'adamw'; there is 'AdamW'"),
        ({"network": "gpt"}, "network", "no row of squad has 'bert'; there is 'gpt'"),
        ({"dataset": "SQuAD"}, "dataset", "no row has 'squad'; there is 'SQuAD'"),
        ({"batch_size": 64}, "batch_size", "not measured at batch size 8, 32"),
    ],
)
def test_an_empty_join_says_why(
    train: pd.DataFrame, power: pd.DataFrame, change: dict[str, Any], column: str, says: str
) -> None:
    """If no row meets another, each workload of the train trace is an error with the column that keeps them apart."""
    (problem,) = validate_traces(train, power.assign(**change)).errors
    assert problem.column == column
    assert says in problem.message
    assert "squad,bert,adamw" in problem.message


def test_what_the_join_leaves_out_is_a_warning(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """As long as something can be replayed, workloads and sizes without a partner are warnings."""
    more_train = pd.concat([train, train.assign(network="gpt"), train.iloc[[0]].assign(batch_size=64)])
    more_power = pd.concat([power, power.assign(optimizer="sgd")])
    report = validate_traces(more_train, more_power)
    assert report.errors == ()
    losing = {problem.column: problem.loses_jobs for problem in report.warnings}
    assert losing == {"": False, "batch_size": False, "network": True}
    text = str(report)
    assert "not measured at batch size 64" in text
    assert "never replayed: squad,bert,sgd" in text


@pytest.mark.parametrize(
    ("name", "in_train", "in_power"),
    [("note", "a", "b"), ("Unnamed: 0", range(12), range(4)), ("learning_rate", 5e-5, "5e-5"), ("run", 1, 1)],
)
def test_other_shared_columns_are_errors(
    train: pd.DataFrame, power: pd.DataFrame, name: str, in_train: Any, in_power: Any
) -> None:
    """A comment, an index that pandas kept or a learning rate in both tables would empty the join, or break it."""
    (problem,) = validate_traces(train.assign(**{name: in_train}), power.assign(**{name: in_power})).problems
    assert (problem.severity, problem.column) == ("error", name)
    assert ("to_csv(index=False)" if name == "Unnamed: 0" else "rename it") in problem.message


def test_what_may_be_shared(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A label of predicted rows is no key; slices are one, and those that do not meet are said as other keys are."""
    labelled = train.assign(predicted=False), power.assign(predicted=True)
    assert validate_traces(*labelled).problems == ()
    drifting = pd.concat([power.assign(slice=at) for at in (0, 1)])
    assert validate_traces(train.assign(slice=1), drifting).problems == ()
    assert validate_power(drifting).problems == ()
    (problem,) = validate_traces(train.assign(slice=7), drifting).problems
    assert (problem.severity, problem.column) == ("error", "slice")
    assert "no slice of the train trace at batch size 8, 32" in problem.message
    both = pd.concat([train.assign(slice=1), train.assign(slice=7, network="gpt")])
    (problem,) = validate_traces(both, pd.concat([drifting, drifting.assign(network="gpt")])).problems
    assert (problem.severity, problem.loses_jobs) == ("warning", True)


def test_sizes_that_are_none_are_left_to_the_single_tables(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A batch size of 8.5 is no 8 that lacks its slice: the tables have no slices."""
    broken = power.replace({"batch_size": {8: 8.5}})
    (problem,) = validate_traces(train, broken).problems
    assert "not measured at batch size 8 of the train trace" in problem.message
    assert validate_traces(train.replace({"batch_size": {8: 8.5}}), broken).problems == ()
    (problem,) = validate_power(broken).problems
    assert "8.5 where a whole number" in problem.message


def test_a_missing_column_is_left_to_the_single_tables(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """Tables that cannot be compared are not."""
    assert validate_traces(train.drop(columns="network"), power).problems == ()
    (problem,) = validate_job(JOB, train.drop(columns="network"), power).problems
    assert (problem.table, problem.column) == ("train", "network")


def test_a_job_that_fits(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """Nothing is said about a job that can be replayed."""
    assert validate_job(JOB, train, power).problems == ()


def test_all_that_a_job_misses_is_said(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A misspelt optimizer and a target that nobody recorded are found together, each with the nearest."""
    report = validate_job(replace(JOB, optimizer="AdamW", target_metric=83.5), train, power)
    assert {(p.severity, p.table, p.column) for p in report.problems} == {
        ("error", "train", "optimizer"),
        ("error", "train", "target_metric"),
        ("error", "power", "optimizer"),
    }
    assert "the nearest is 84.0" in str(report)


def test_a_gpu_without_the_network(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A network that was never measured on the GPU is an error of the power trace alone."""
    (problem,) = validate_job(JOB, train, power.assign(network="gpt")).problems
    assert (problem.table, problem.column) == ("power", "network")
    assert "there is 'gpt'" in problem.message


def test_a_default_that_nobody_recorded(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """The default batch size must be in both tables; the nearest that is, is offered."""
    (problem,) = validate_job(replace(JOB, default_bs=30), train, power).errors
    assert problem.message == "nothing is recorded at batch size 30; there are 8, 32; the nearest is 32"
    (problem,) = validate_job(JOB, train, power.assign(batch_size=64)).errors
    assert "the train trace has 8, 32, the power trace 64" in problem.message


def test_a_target_out_of_reach(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A target that no run reached, or none in the epochs allowed, is a warning."""
    (problem,) = validate_job(replace(JOB, max_epochs=3), train, power).problems
    assert (problem.severity, problem.column) == ("warning", "max_epochs")
    assert "needs 4 epochs" in problem.message
    (problem,) = validate_job(JOB, train[train["batch_size"] == 32], power).problems
    assert (problem.severity, problem.column) == ("warning", "target_epoch")


def test_a_metric_that_moves_the_other_way(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """The recorded runs show whether the metric rises; a job that says otherwise is warned."""
    (problem,) = validate_job(replace(JOB, higher_is_better=False), train, power).problems
    assert (problem.severity, problem.column) == ("warning", "higher_is_better")
    assert "the metric rises" in problem.message


def test_published_traces_fit(published_traces: Path) -> None:
    """Every published power trace joins the train trace, and the warnings stay readable."""
    train = read_train(published_traces / "summary_train.csv")
    for gpu in list_gpus(published_traces):
        power = read_power(published_traces / f"summary_power_{gpu}.csv")
        report = validate_traces(train, power)
        assert report.errors == ()
        assert len(str(report).splitlines()) < 10
    report = validate_job(Job("cifar100", "shufflenetv2", "Adadelta", 0.6, 100), train, power)
    assert {problem.column for problem in report.errors} == {"optimizer"}
