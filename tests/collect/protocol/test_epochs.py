"""Epochs, out of what frameworks say in their different orders."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.protocol import Event, epochs_of, settled_epochs


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


@pytest.mark.parametrize("skew", [0, 3])
@pytest.mark.parametrize("order", [("epoch_end", "eval_end"), ("eval_end", "epoch_end")])
def test_ranks_that_say_the_same_make_no_epochs_of_their_own(skew, order):
    """As two ranks print the same lines, the second a bit later, in whatever order an epoch ends and is validated."""

    def words(late):
        for n in (1, 2, 3):
            at = 10 * n + late
            facts = {"epoch_end": f"epoch={n}", "eval_end": f"epoch={n} a={n / 4}"}
            yield f"epoch_start@{at} epoch={n}"
            yield f"{order[0]}@{at + 6} {facts[order[0]]}"
            yield f"{order[1]}@{at + 8} {facts[order[1]]}"

    both = ["run_start@1", *words(0), "run_start@2", *words(skew), "run_end@50", "epoch_end@51 epoch=3"]
    epochs = epochs_of(said(*both))
    assert [(e.number, e.start_ns, e.metrics) for e in epochs] == [(n, 10 * n, {"a": n / 4}) for n in (1, 2, 3)]
    assert all(10 * e.number + 8 <= e.end_ns <= 10 * e.number + 8 + skew for e in epochs)


def test_ends_that_are_said_again_without_a_number():
    """They end no epoch that nobody began, where beginnings are told."""
    words = ["epoch_start@1 epoch=1", "epoch_end@5", "epoch_end@6", "run_end@7", "epoch_end@8"]
    assert times(epochs_of(said(*words))) == [(1, 1, None, None, 5)]


def test_training_that_ends_after_its_epoch_is_of_none():
    """An epoch's training lies within it."""
    assert times(epochs_of(said("epoch_start@1", "epoch_end@5", "train_end@7"))) == [(1, 1, None, None, 5)]


def test_an_epoch_may_get_its_number_when_it_ends():
    """What begins without one is known by it from then on."""
    epochs = epochs_of(said("epoch_start@1", "epoch_end@5 epoch=3", "epoch_end@6 epoch=3"))
    assert [(epoch.reported, epoch.end_ns) for epoch in epochs] == [(3, 5)]


def test_late_validation_belongs_to_the_epoch_that_it_names():
    """Told while the next is trained; it changes no times."""
    words = ["epoch_start@10 epoch=1", "epoch_end@20 epoch=1", "epoch_start@20 epoch=2", "eval_end@25 a=1 epoch=1"]
    words += ["epoch_end@30 epoch=2", "epoch_start@30 epoch=3", "eval_start@31 epoch=2", "eval_end@35 a=2 epoch=2"]
    epochs = epochs_of(said(*words, "epoch_end@40 epoch=3", "run_end@41", "eval_end@50 a=3 epoch=3"))
    assert [(e.end_ns, e.metrics, e.evaluations) for e in epochs] == [(20, {"a": 1}, 1), (30, {"a": 2}, 1), (40, {}, 0)]


def test_validation_that_counts_from_another_number_stays_with_its_epoch():
    """A script may count epochs from 1, and validations from 0; MLPerf's BERT names them by samples."""
    for first, step in ((0, 1), (150_000, 150_000)):
        words = []
        for n in (1, 2, 3):
            named = first + step * (n - 1)
            words += [f"epoch_start@{10 * n} epoch={n}", f"eval_end@{10 * n + 5} a={n} epoch={named}"]
            words += [f"epoch_end@{10 * n + 6} epoch={named}"]
        epochs = epochs_of(said(*words))
        assert [(e.metrics["a"], e.end_ns) for e in epochs] == [(n, 10 * n + 6) for n in (1, 2, 3)]


def test_a_test_of_what_was_trained_is_none_of_an_epochs():
    """After the last epoch and its validation, before the run ends; or in place of a validation that it names."""
    words = ["epoch_start@10 epoch=1", "eval_end@30 a=1", "epoch_end@40 epoch=1"]
    epochs = epochs_of(said(*words, "eval_start@41", "eval_end@90 a=9", "run_end@91"))
    assert [(e.end_ns, e.metrics, e.evaluations) for e in epochs] == [(40, {"a": 1}, 1)]
    named = epochs_of(said(*words, "eval_start@41 epoch=1", "eval_end@90 a=2 epoch=1", "run_end@91"))
    assert [(e.end_ns, e.metrics, e.evaluations) for e in named] == [(90, {"a": 2}, 2)]


def test_what_training_took_is_what_was_said_last():
    """A callback may count what it saw, and the loop around it all."""
    (epoch,) = epochs_of(said("epoch_start@1", "train_end@5 steps=3", "train_end@6 steps=4 samples=40", "epoch_end@9"))
    assert (epoch.steps, epoch.samples, epoch.train_end_ns) == (4, 40, 6)


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


def test_a_process_is_followed_only_from_a_beginning_on():
    """The last word of one that ran beside the first is no epoch."""
    first = said("run_start@1", "epoch_start@10 epoch=1", "epoch_end@20 epoch=1")
    beside = said("run_start@2", "epoch_start@11 epoch=7", "epoch_end@21 epoch=7", pid=2)
    assert epochs_of([*first, *beside]) == epochs_of(first)


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


@pytest.mark.parametrize(("first", "known"), [("run_start@10", True), ("eval_start@10", False), (None, False)])
def test_where_nobody_told_the_first_start_it_is_not_known(first, known):
    """The first word may come at the end of an epoch; each later one begins where the one before ended."""
    epochs = epochs_of(said(*([first] if first else []), "epoch_end@20", "epoch_end@30", "epoch_end@40"))
    assert [epoch.start_known for epoch in epochs] == [known, True, True]
    assert [epoch.start_ns for epoch in epochs[1:]] == [20, 30]
