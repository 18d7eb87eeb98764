"""Epochs, out of what frameworks say in their different orders."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.protocol import Event, epochs_of


def said(*words, pid=1, rank=0):
    """Events from words such as ``epoch_start@10`` or ``eval_end@20 accuracy=0.5 epoch=3``; times in ns."""
    events = []
    for word in words:
        (kind, at), facts = word.split()[0].split("@"), [pair.split("=") for pair in word.split()[1:]]
        whole = {name: int(value) for name, value in facts if name in ("epoch", "steps", "samples")}
        metrics = {name: float(value) for name, value in facts if name not in whole}
        events.append(Event(kind, int(at), int(at), pid, rank, whole | ({"metrics": metrics} if metrics else {})))
    return events


def times(epochs):
    return [(e.number, e.start_ns, e.train_end_ns, e.eval_start_ns, e.end_ns) for e in epochs]


def test_a_plain_loop():
    """Everything is said in order."""
    (epoch,) = epochs_of(
        said(
            "run_start@5",
            "epoch_start@10 epoch=1",
            "train_end@20 steps=7 samples=70 loss=2",
            "eval_start@21",
            "eval_end@30 accuracy=0.5",
            "epoch_end@31 epoch=1 loss=1.5",
            "run_end@40",
        )
    )
    assert times([epoch]) == [(1, 10, 20, 21, 31)]
    assert (epoch.steps, epoch.samples, epoch.reported, epoch.evaluations) == (7, 70, 1, 1)
    assert epoch.metrics == {"loss": 1.5, "accuracy": 0.5}


def test_validation_after_the_epochs_end_belongs_to_it():
    """As Hugging Face's Trainer calls back, and MLPerf's logs say."""
    epochs = epochs_of(
        said(
            "epoch_start@10",
            "epoch_end@20",
            "eval_start@22",
            "eval_end@30 accuracy=0.5",
            "epoch_start@31",
            "epoch_end@40",
            "eval_end@50 accuracy=0.6",
            "run_end@60",
        )
    )
    assert times(epochs) == [(1, 10, 20, 22, 30), (2, 31, 40, None, 50)]
    assert [epoch.metrics["accuracy"] for epoch in epochs] == [0.5, 0.6]


def test_validation_within_the_epoch():
    """As Keras and Lightning call back; training ends where validation begins, if nobody says when."""
    epochs = epochs_of(said("epoch_start@10", "eval_start@22", "eval_end@30 accuracy=0.5", "epoch_end@40"))
    assert times(epochs) == [(1, 10, 22, 22, 40)]


def test_validation_outside_epochs_counts_for_nothing():
    """Before the first, to see whether it works; and after the run, to see how it went."""
    epochs = epochs_of(
        said(
            "eval_start@1",
            "eval_end@2 accuracy=0.9",
            "epoch_start@10",
            "epoch_end@20",
            "run_end@21",
            "eval_end@30 accuracy=1",
        )
    )
    assert times(epochs) == [(1, 10, None, None, 20)]
    assert epochs[0].metrics == {}


def test_several_validations_of_an_epoch():
    """The last counts, and they are counted."""
    (epoch,) = epochs_of(
        said("epoch_start@1", "eval_start@2", "eval_end@3 a=1 b=1", "eval_start@7", "eval_end@8 a=2", "epoch_end@9")
    )
    assert (epoch.metrics, epoch.evaluations, epoch.eval_start_ns) == ({"a": 2.0, "b": 1.0}, 2, 7)


@pytest.mark.parametrize("reported", [(0, 1, 2), (1, 2, 3), (5, 6, 7), (0, 0, 0), (3, 1, 2)])
def test_epochs_are_counted_from_one_whatever_the_script_counts(reported):
    """From 0, from 1, from a checkpoint on, or again after a restart."""
    words = [
        f"{kind}@{10 * i + at} epoch={n}"
        for i, n in enumerate(reported)
        for kind, at in (("epoch_start", 0), ("epoch_end", 5))
    ]
    epochs = epochs_of(said(*words))
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    assert tuple(epoch.reported for epoch in epochs) == reported


def test_an_epoch_that_does_not_end_is_none():
    """Broken off in training, by whatever."""
    begun = said("epoch_start@10", "epoch_end@20", "epoch_start@30", "train_end@40")
    assert len(epochs_of(begun)) == 1
    assert len(epochs_of(begun, over=True)) == 1
    assert len(epochs_of([*begun, *said("run_end@50")])) == 1


def test_the_next_epoch_ends_one_whose_end_nobody_tells():
    """At its validation if there was one, else where the next begins; the last at its validation."""
    words = said("epoch_start@10", "eval_end@18 a=1", "epoch_start@20", "epoch_start@30", "eval_end@38 a=2")
    assert times(epochs_of(words)) == [(1, 10, None, None, 18), (2, 20, None, None, 30)]
    assert times(epochs_of(words, over=True))[2] == (3, 30, None, None, 38)
    assert times(epochs_of([*words, *said("run_end@40")]))[2] == (3, 30, None, None, 38)


def test_ends_alone_are_enough():
    """As a job's output often has them: an epoch begins where the one before ended, the first with the run."""
    words = ["run_start@2", "epoch_end@10 epoch=1 a=1", "epoch_end@20 epoch=2 a=2", "epoch_end@30 epoch=3 a=3"]
    epochs = epochs_of(said(*words))
    assert times(epochs) == [(1, 2, None, None, 10), (2, 10, None, None, 20), (3, 20, None, None, 30)]
    assert [epoch.metrics["a"] for epoch in epochs] == [1, 2, 3]
    unnumbered = epochs_of(said(*[word.replace(f"epoch={i} ", "") for i, word in enumerate(words)]))
    assert times(unnumbered) == times(epochs)


def test_an_end_that_is_told_twice_is_one():
    """By a loop, and again by whoever does not know that the loop does."""
    assert len(epochs_of(said("epoch_start@1 epoch=1", "epoch_end@5 epoch=1", "epoch_end@6 epoch=1"))) == 1


def test_other_ranks_and_other_processes_at_the_same_time_count_for_nothing():
    """The first process is followed, and of ranks the first."""
    train = said("epoch_start@10", "epoch_end@20", "epoch_start@30", "epoch_end@40")
    other_rank = said("epoch_start@9", "epoch_end@21", pid=2, rank=1)
    other_process = said("epoch_start@12", "eval_end@13 a=1", "epoch_end@22", pid=3)
    assert epochs_of([*train, *other_rank, *other_process]) == epochs_of(train)


def test_a_process_that_goes_on_after_the_first_is_followed():
    """A launcher restarted it: its epochs are counted on, and the one that broke off is none."""
    first = said("epoch_start@10 epoch=1", "epoch_end@20", "epoch_start@30 epoch=2")
    second = said("run_start@50", "epoch_start@60 epoch=2", "epoch_end@70", pid=2)
    assert [(e.number, e.start_ns, e.reported) for e in epochs_of([*first, *second])] == [(1, 10, 1), (2, 60, 2)]


@given(st.integers(1, 6), st.integers(0, 10_000), st.booleans())
def test_the_order_of_lines_does_not_matter(n, seed, inside):
    """Two processes' lines may change places in the file; the clock decides."""
    words = []
    for i in range(n):
        late = ("epoch_end@{}", "eval_end@{} a=1")
        words += [f"epoch_start@{i * 10} epoch={i}"]
        words += [word.format(i * 10 + 5 + j) for j, word in enumerate(late[::-1] if inside else late)]
    events = said(*words)
    shuffled = random.Random(seed).sample(events, len(events))
    assert epochs_of(shuffled) == epochs_of(events)
    assert [epoch.end_ns for epoch in epochs_of(events)] == [i * 10 + 6 for i in range(n)]


@given(
    st.lists(
        st.sampled_from(["run_start", "epoch_start", "train_end", "eval_start", "eval_end", "epoch_end", "run_end"])
    )
)
def test_epochs_follow_one_another_whatever_is_said(kinds):
    """None ends before it begins, and none begins before the one before it ended."""
    events = said(*[f"{kind}@{10 * i + 10}" for i, kind in enumerate(kinds)])
    epochs = epochs_of(events)
    assert [epoch.number for epoch in epochs] == list(range(1, len(epochs) + 1))
    assert all(epoch.start_ns <= epoch.end_ns for epoch in epochs)
    assert all(a.end_ns <= b.start_ns for a, b in pairwise(epochs))
