"""The train trace: when each run reached its targets, and whether a replay can end."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from fabricated import a_job, a_plan, collect_into

import simulator
from simulator.collect.finalize import finalize
from simulator.trace.derive import derive_targets
from simulator.trace.files import read_table


def test_targets_are_told_as_they_were_reached(tmp_path):
    """First epoch from 1, empty if never, one row per run and threshold; as deriving them from the metrics does."""
    collect_into(tmp_path, a_plan(targets=[0.7]))
    train = read_table(finalize(tmp_path).trace / "train.csv")
    of_size = train.loc[train["batch_size"] == 8].set_index(["run", "target_metric"])["target_epoch"]
    assert of_size.fillna(0).to_dict() == {(1, 0.7): 1, (1, 0.9): 3, (2, 0.7): 0, (2, 0.9): 0}
    assert set(train["epochs"]) == {6}
    derived = derive_targets(tmp_path / "trace" / "metrics.csv", [0.7, 0.9], metric="accuracy")
    pd.testing.assert_frame_equal(
        derived.astype(float, errors="ignore"), train.astype(float, errors="ignore"), check_dtype=False
    )


def test_metrics_that_fall_are_passed_from_above(tmp_path):
    """A loss of 1/n is at most 0.25 from epoch 4 on."""
    job = a_job(target_metric=0.25, higher_is_better=False)
    collect_into(tmp_path, a_plan(job=job, metric="loss"))
    trace = finalize(tmp_path).trace
    assert set(read_table(trace / "train.csv")["target_epoch"]) == {4}
    assert not simulator.read_traces(trace).jobs[0].higher_is_better


def test_slices_are_told_apart_only_where_there_are_several(tmp_path):
    """One slice needs no column."""
    collect_into(tmp_path / "one", a_plan())
    collect_into(tmp_path / "two", a_plan(slices=(0, 1), from_environment=("slice_number",)))
    columns = [set(read_table(finalize(tmp_path / name).trace / "train.csv").columns) for name in ("one", "two")]
    assert columns[1] - columns[0] == {"slice"}
    assert simulator.read_traces(tmp_path / "two" / "trace").jobs


def test_without_a_run_that_reached_the_target_nothing_can_be_replayed(tmp_path):
    """A replay would train for ever; what was reported is kept, and other targets can be derived from it."""
    collect_into(tmp_path, a_plan(job=a_job(target_metric=1.5), targets=[0.7]))
    found = finalize(tmp_path)
    assert not found.replayable
    (line,) = found.remarks
    assert line.startswith("train trace: no run reached the target, 1.5 of accuracy; `simulator trace derive`")


def test_a_target_that_was_reached_where_there_is_no_power_does_not_do(tmp_path):
    """Size 8 has power, but never reached its target; size 16 did, but has none."""

    def change(result):
        if result.spec.batch_size == 16:
            return result if result.spec.kind == "epochs" else replace(result, window=None)
        return replace(result, epochs=tuple(replace(epoch, metrics={"accuracy": 0.1}) for epoch in result.epochs))

    collect_into(tmp_path, a_plan(), change=change)
    assert not finalize(tmp_path).replayable
