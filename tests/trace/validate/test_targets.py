"""What one run says about its targets must not contradict itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.trace.validate.targets import check_targets, target_steps

if TYPE_CHECKING:
    from simulator.trace.validate.report import Problem


def spoiled(train: pd.DataFrame, rows: list[int], **values: float | None) -> pd.DataFrame:
    changed = train.copy()
    for column, value in values.items():
        changed.loc[rows, column] = value
    return changed


def found(train: pd.DataFrame) -> list[Problem]:
    return list(check_targets(train))


def test_a_target_after_the_end_of_the_run(train: pd.DataFrame) -> None:
    """No target is reached after the last epoch of its run, where the trace says how long it lasted."""
    assert found(train.assign(epochs=9)) == []
    (problem,) = found(spoiled(train.assign(epochs=9), [0, 7], epochs=1))
    assert (problem.severity, problem.column, problem.rows) == ("error", "target_epoch", (0, 7))
    assert "epoch 2 of a run that lasted 1" in problem.message


def test_a_target_far_later_than_any_other(train: pd.DataFrame) -> None:
    """Without a column epochs, a digit too many is still seen: ten times the longest other run is a warning."""
    assert found(spoiled(train, [8], target_epoch=50)) == []
    (problem,) = found(spoiled(train, [8], target_epoch=51))
    assert (problem.severity, problem.column, problem.rows) == ("warning", "target_epoch", (8,))
    assert "51 epochs, where no other run needed over 5" in problem.message
    other = spoiled(train.assign(network="gpt"), [8], target_epoch=51)
    longer = train.assign(target_epoch=train["target_epoch"] * 10)
    assert [p.rows for p in found(pd.concat([longer, other], ignore_index=True))] == [(20,)]
    assert found(train.iloc[:1].assign(target_epoch=400)) == []


def test_one_target_reached_twice(train: pd.DataFrame) -> None:
    """One run reaches one target at one epoch; an equal row is only a warning."""
    again = pd.concat([train, spoiled(train.iloc[[1]], [1], target_epoch=5)], ignore_index=True)
    assert [(p.severity, p.rows) for p in found(again)] == [("error", (1, 12))]
    same = pd.concat([train, train.iloc[[1]]], ignore_index=True)
    assert [(p.severity, p.rows) for p in found(same)] == [("warning", (1, 12))]


def test_reached_and_never_reached_contradict(train: pd.DataFrame) -> None:
    """An empty epoch is a value too: a run cannot have both reached and not reached a target."""
    again = pd.concat([train, spoiled(train.iloc[[7]], [7], target_epoch=None)], ignore_index=True)
    assert [(p.severity, p.rows) for p in found(again)] == [("error", (7, 12))]


def test_slices_are_runs_of_their_own(train: pd.DataFrame) -> None:
    """A run repeated on another data slice does not contradict the first."""
    drifting = pd.concat([train.assign(slice=0), train.assign(slice=1, target_epoch=train["target_epoch"] + 1)])
    assert found(drifting.reset_index(drop=True)) == []


def test_a_harder_target_before_an_easier_one(train: pd.DataFrame) -> None:
    """A run against the direction that the others show is a warning that names its workload."""
    (problem,) = found(spoiled(train, [6], target_epoch=1))
    assert (problem.severity, problem.rows) == ("warning", (6,))
    assert "squad,bert,adamw" in problem.message
    (problem,) = found(spoiled(train, [0], target_epoch=None))
    assert problem.rows == (6,), "reaching the harder target without ever reaching the easier one"


def test_a_falling_metric_is_no_contradiction(train: pd.DataFrame) -> None:
    """Error rates fall: there the smaller target is the harder one, and the runs themselves show it."""
    falling = train.assign(target_metric=100 - train["target_metric"])
    assert found(falling) == []
    (problem,) = found(spoiled(falling, [6], target_epoch=1))
    assert problem.rows == (0,)


def test_steps_compare_within_a_run_only(train: pd.DataFrame) -> None:
    """The direction is read off each run, in any order of the rows; equal epochs say nothing."""
    rises, falls = target_steps(train)
    np.testing.assert_array_equal(np.flatnonzero(rises), np.arange(6, 12))
    assert not falls.any()
    backwards = train.iloc[::-1].reset_index(drop=True)
    np.testing.assert_array_equal(target_steps(backwards)[0], rises[::-1])
    equal = train.assign(target_epoch=3.0)
    assert not np.any(target_steps(equal))
