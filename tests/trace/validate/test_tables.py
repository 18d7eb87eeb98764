"""One table on its own: errors where nothing true can follow, warnings where a look is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from simulator.trace.read import list_gpus, read_power
from simulator.trace.validate import validate_groups, validate_metrics, validate_power, validate_train

if TYPE_CHECKING:
    from pathlib import Path


def test_valid_tables(train: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame) -> None:
    """Nothing is said about tables with nothing wrong."""
    reports = (validate_train(train), validate_power(power), validate_groups(groups))
    assert [report.problems for report in reports] == [(), (), ()]


@pytest.mark.parametrize(("epoch", "says"), [(0, "above 0"), (-2, "above 0"), (1.5, "whole number")])
def test_impossible_epochs(train: pd.DataFrame, epoch: float, says: str) -> None:
    """Epochs count from 1, in whole numbers."""
    changed = train.copy()
    changed.loc[4, "target_epoch"] = epoch
    (problem,) = validate_train(changed).errors
    assert (problem.column, problem.rows) == ("target_epoch", (4,))
    assert says in problem.message


def test_few_runs_are_a_warning_by_batch_size(train: pd.DataFrame) -> None:
    """One line lists the batch sizes of a workload that have fewer than three runs."""
    (problem,) = validate_train(train.drop([0, 6])).problems
    assert (problem.severity, problem.column) == ("warning", "run")
    assert problem.message == "fewer than 3 runs: squad,bert,adamw (batch size 8)"


def test_one_limit_with_two_values(power: pd.DataFrame) -> None:
    """A batch size and limit measured twice with different results is an error; the same row twice a warning."""
    unlike = pd.concat([power, power.iloc[[2]].assign(time_per_epoch=9.0)], ignore_index=True)
    (problem,) = validate_power(unlike).problems
    assert (problem.severity, problem.column, problem.rows) == ("error", "power_limit", (2, 4))
    same = pd.concat([power, power.iloc[[2]]], ignore_index=True)
    (problem,) = validate_power(same).problems
    assert (problem.severity, problem.rows) == ("warning", (2, 4))


def test_power_above_limit_is_one_warning(power: pd.DataFrame) -> None:
    """However many rows are above their limit, one line counts them and says by how much."""
    (problem,) = validate_power(power.assign(average_power=power["power_limit"] * [1.1, 1.0, 1.25, 0.5])).problems
    assert (problem.severity, problem.rows) == ("warning", (0, 2))
    assert problem.message == "above power_limit in 2 of 4 rows, by up to 25.0%"


def test_power_of_several_gpus_is_compared_with_the_limits_of_all(power: pd.DataFrame) -> None:
    """Power is summed over them, and the limit is that of each: two may draw twice as much."""
    changed = power.assign(average_power=power["power_limit"] * [1.9, 2.0, 2.5, 0.5])
    assert len(validate_power(changed).problems[0].rows) == 3
    (problem,) = validate_power(changed, num_gpus=2).problems
    assert (problem.rows, problem.message) == ((2,), "above power_limit of 2 GPUs in 1 of 4 rows, by up to 25.0%")


def test_impossible_submissions(groups: pd.DataFrame) -> None:
    """A submission ends after its start and takes a positive share of the mean runtime."""
    changed = groups.copy()
    changed.loc[1, "end_time"] = 2.0
    changed.loc[3, "runtime_ratio"] = 0.0
    assert {(p.severity, p.column, p.rows) for p in validate_groups(changed).problems} == {
        ("error", "end_time", (1,)),
        ("error", "runtime_ratio", (3,)),
    }


def test_valid_metrics(metrics: pd.DataFrame) -> None:
    """Nothing is said about metrics with nothing wrong, though a loss diverged and the rows are in no order."""
    assert validate_metrics(metrics).problems == ()
    assert validate_metrics(metrics.drop(columns="epochs").iloc[::-1]).problems == ()


def test_impossible_metrics(metrics: pd.DataFrame) -> None:
    """Epochs count from 1 up to the run's end, and a value is a finite number or none."""
    changed = metrics.astype({"value": object})
    changed.loc[0, "epoch"] = 0
    changed.loc[3, "epoch"] = 4
    changed.loc[5, "value"] = float("inf")
    changed.loc[6, "value"] = "high"
    assert {(p.severity, p.column, p.rows) for p in validate_metrics(changed).problems} == {
        ("error", "epoch", (0,)),
        ("error", "epoch", (3,)),
        ("error", "value", (5,)),
        ("error", "value", (6,)),
    }


def test_a_run_reports_a_metric_of_an_epoch_once(metrics: pd.DataFrame) -> None:
    """One metric of one epoch with two values is an error; the same row twice is a warning, empty values too."""
    unlike = pd.concat([metrics, metrics.iloc[[2]].assign(value=0.1)], ignore_index=True)
    (problem,) = validate_metrics(unlike).problems
    assert (problem.severity, problem.column, problem.rows) == ("error", "value", (2, len(metrics)))
    empty = pd.concat([metrics, metrics.iloc[[-1]]], ignore_index=True)
    (problem,) = validate_metrics(empty).problems
    assert (problem.severity, problem.rows) == ("warning", (len(metrics) - 1, len(metrics)))
    assert validate_metrics(unlike.assign(slice=[*[0] * len(metrics), 1])).problems == ()


def test_a_bad_cell_hides_nothing(power: pd.DataFrame) -> None:
    """Checks over several columns still run where single cells are wrong."""
    changed = power.assign(time_per_epoch=[-1.0, 1.0, 1.0, 1.0], average_power=[70.0, 300.0, 70.0, 70.0])
    assert [(p.column, p.rows) for p in validate_power(changed).problems] == [
        ("time_per_epoch", (0,)),
        ("average_power", (1,)),
    ]


def test_published_traces_have_no_errors(published_traces: Path) -> None:
    """The published tables are valid; power above the limit is a warning, 39 of 453 rows on the A40."""
    above = {}
    for gpu in list_gpus(published_traces):
        report = validate_power(read_power(published_traces / f"summary_power_{gpu}.csv"))
        assert report.errors == ()
        above[gpu] = sum(len(p.rows) for p in report.warnings if p.column == "average_power")
    assert above == {"a40": 39, "p100": 0, "rtx6000": 0, "v100": 8}
    report = validate_train(pd.read_csv(published_traces / "summary_train.csv"))
    assert [(problem.severity, problem.column) for problem in report.problems] == [("warning", "run")]


def test_published_groups_have_no_problem(shared: Path) -> None:
    """The recorded submission groups are valid."""
    assert validate_groups(pd.read_parquet(shared / "golden" / "groups.parquet")).problems == ()
