"""Epochs, out of what a script says: how they are counted, when they begin and end, and what they took."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said_events import said, times

from simulator.collect.protocol import epochs_of, settled_epochs


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


def test_training_that_ends_after_its_epoch_is_of_none():
    """An epoch's training lies within it."""
    assert times(epochs_of(said("epoch_start@1", "epoch_end@5", "train_end@7"))) == [(1, 1, None, None, 5)]


def test_an_epoch_may_get_its_number_when_it_ends():
    """What begins without one is known by it from then on."""
    epochs = epochs_of(said("epoch_start@1", "epoch_end@5 epoch=3", "epoch_end@6 epoch=3"))
    assert [(epoch.reported, epoch.end_ns) for epoch in epochs] == [(3, 5)]


def test_what_training_took_is_what_was_said_last():
    """A callback may count what it saw, and the loop around it all."""
    (epoch,) = epochs_of(said("epoch_start@1", "train_end@5 steps=3", "train_end@6 steps=4 samples=40", "epoch_end@9"))
    assert (epoch.steps, epoch.samples, epoch.train_end_ns) == (4, 40, 6)


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


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["epoch_start", "train_end", "eval_start", "eval_end", "epoch_end", "run_start", "run_end"]
            ),
            st.integers(1, 3),
        )
    )
)
def test_what_is_settled_can_be_put_away_at_every_beginning(words):
    """The epochs are the same as if all was read at once, whatever is said."""
    events = said(*[f"{kind}@{10 * i + 10} epoch={number}" for i, (kind, number) in enumerate(words)])
    over, rest = [], []
    for event in events:
        rest.append(event)
        if event.kind == "epoch_start":
            settled, rest = settled_epochs(rest)
            over += settled
    found = [*over, *epochs_of(rest, over=True)]
    assert [replace(epoch, number=n) for n, epoch in enumerate(found, 1)] == epochs_of(events, over=True)
