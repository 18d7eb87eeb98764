"""Epochs of which only the ends are told, or told twice."""

from __future__ import annotations

import pytest
from said_events import said, times

from simulator.collect.protocol import epochs_of


def test_ends_alone_are_enough():
    """As a job's output often has them: an epoch begins where the one before ended, the first with the run."""
    words = ["run_start@2", "epoch_end@10 epoch=1 a=1", "epoch_end@20 epoch=2 a=2", "epoch_end@30 epoch=3 a=3"]
    epochs = epochs_of(said(*words))
    assert times(epochs) == [(1, 2, None, None, 10), (2, 10, None, None, 20), (3, 20, None, None, 30)]
    assert [epoch.metrics["a"] for epoch in epochs] == [1, 2, 3]
    unnumbered = epochs_of(said(*[word.replace(f"epoch={i} ", "") for i, word in enumerate(words)]))
    assert times(unnumbered) == times(epochs)


def test_ends_alone_with_validation_before_them():
    """Validation before the first end is the first epoch's, and what follows a validated epoch is the next one's."""
    words = ["run_start@2", "eval_start@7", "eval_end@8 a=1", "epoch_end@10", "train_end@16 steps=3", "eval_end@18 a=2"]
    epochs = epochs_of(said(*words, "epoch_end@20", "eval_end@25 a=9", "run_end@26"))
    assert times(epochs) == [(1, 2, 7, 7, 10), (2, 10, 16, None, 20)]
    assert [(epoch.metrics, epoch.steps) for epoch in epochs] == [({"a": 1}, None), ({"a": 2}, 3)]
    assert epochs_of(said(*words), over=True) == epochs[:1]  # the second never ended


def test_ends_alone_with_validation_after_them():
    """The other order: each is of the epoch that ended."""
    words = ["run_start@2", "epoch_end@10", "eval_end@12 a=1", "epoch_end@20", "eval_end@22 a=2", "eval_end@25 a=9"]
    epochs = epochs_of(said(*words), over=True)
    assert times(epochs) == [(1, 2, 10, None, 12), (2, 12, 20, None, 22)]
    assert [epoch.metrics for epoch in epochs] == [{"a": 1}, {"a": 2}]


def test_ends_alone_with_validation_that_names_its_epoch():
    """The number decides, where there is one."""
    words = ["run_start@2", "epoch_end@10 epoch=1", "eval_end@18 a=2 epoch=2", "epoch_end@20 epoch=2"]
    assert [(e.metrics, e.end_ns) for e in epochs_of(said(*words))] == [({}, 10), ({"a": 2}, 20)]


def test_ends_that_are_said_again_without_a_number():
    """They end no epoch that nobody began, where beginnings are told."""
    words = ["epoch_start@1 epoch=1", "epoch_end@5", "epoch_end@6", "run_end@7", "epoch_end@8"]
    assert times(epochs_of(said(*words))) == [(1, 1, None, None, 5)]


def test_an_end_that_is_told_twice_is_one():
    """By a loop, and again by whoever does not know that the loop does."""
    assert len(epochs_of(said("epoch_start@1 epoch=1", "epoch_end@5 epoch=1", "epoch_end@6 epoch=1"))) == 1


@pytest.mark.parametrize(("first", "known"), [("run_start@10", True), ("eval_start@10", False), (None, False)])
def test_where_nobody_told_the_first_start_it_is_not_known(first, known):
    """The first word may come at the end of an epoch; each later one begins where the one before ended."""
    epochs = epochs_of(said(*([first] if first else []), "epoch_end@20", "epoch_end@30", "epoch_end@40"))
    assert [epoch.start_known for epoch in epochs] == [known, True, True]
    assert [epoch.start_ns for epoch in epochs[1:]] == [20, 30]
