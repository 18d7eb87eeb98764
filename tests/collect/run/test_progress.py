"""When a run has shown enough."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.protocol import Event
from simulator.collect.run.progress import Goal, Progress
from simulator.collect.run.steps import LEAST_NS, WARM_NS
from simulator.collect.run.windows import Windows


def said(*words, rank=0, pid=7):
    """Events out of (seconds, kind) or (seconds, kind, data)."""
    return [Event(kind, round(s * 1e9), 0, pid, rank, dict(*data)) for s, kind, *data in words]


def epochs(n, *, metrics=None, validate=0.2, first=1):
    """Epochs of a second each; the last part is validation."""
    words = []
    for number in range(first, first + n):
        told = {"metrics": metrics(number)} if metrics else {}
        words += [(number, "epoch_start", {"epoch": number}), (number + 1 - validate, "train_end", {"epoch": number})]
        words += [(number + 0.99, "eval_end", told), (number + 1, "epoch_end")]
    return said(*words)


def to_target(**changes):
    return Goal(**{"most": 10, "metric": "accuracy", "target": 0.75, **changes})


def test_the_first_epoch_at_the_target_is_the_last_that_counts():
    """Later ones are dropped, however late the stop came."""
    progress = Progress(to_target())
    progress.take(epochs(6, metrics=lambda n: {"accuracy": n / 4}))
    assert progress.enough == "target"
    assert [epoch.number for epoch in progress.epochs] == [1, 2, 3]


def test_late_validation_counts_for_the_epoch_that_it_names():
    """A script may validate one epoch while it trains the next, and print it from there, one word at a time."""
    progress = Progress(to_target())
    words = []
    for n in range(1, 7):
        words += [(n, "epoch_start", {"epoch": n}), (n + 0.99, "epoch_end", {"epoch": n})]
        words += [(n + 1.5, "eval_end", {"epoch": n, "metrics": {"accuracy": n / 4}})]
    for word in sorted(words, key=lambda word: word[0]):
        progress.take(said(word))
    assert progress.enough == "target"
    assert [(epoch.number, epoch.metrics["accuracy"]) for epoch in progress.epochs] == [(1, 0.25), (2, 0.5), (3, 0.75)]


def test_epochs_of_which_only_some_are_validated():
    """Once the next has begun, nobody waits for the validation of the one before."""
    progress = Progress(Goal(most=8, warm_up=0, epochs=3))
    words = [(1, "epoch_start"), (1.9, "eval_end"), (2, "epoch_end"), (2, "epoch_start"), (3, "epoch_end")]
    progress.take(said(*words, (3.1, "epoch_start"), (4, "epoch_end")))
    assert not progress.enough
    progress.take(said((4.1, "epoch_start")))
    assert progress.enough == "window"


@pytest.mark.parametrize("value", [math.nan, None])
def test_what_is_no_number_reaches_nothing(value):
    """Neither NaN nor a metric that was never told."""
    metrics = {} if value is None else {"accuracy": value}
    assert not to_target().reached(metrics)
    assert not to_target(higher_is_better=False).reached(metrics)


def test_a_metric_may_have_to_fall():
    """As a loss does."""
    assert to_target(higher_is_better=False).reached({"accuracy": 0.75})
    assert not to_target(higher_is_better=False).reached({"accuracy": 0.76})


def test_a_run_is_given_up_after_its_most_epochs():
    """Even if the script goes on."""
    progress = Progress(to_target(most=3))
    progress.take(epochs(5, metrics=lambda n: {"accuracy": 0.1}))
    assert progress.enough == "epochs"
    assert len(progress.epochs) == 3


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ({"warm_up": 1, "epochs": 2}, 3),
        ({"warm_up": 0, "epochs": 1}, 1),
        ({"warm_up": 2, "epochs": 1, "window_ns": 3_500_000_000}, 6),
        ({"warm_up": 1, "epochs": 1, "window_ns": 2_300_000_000, "train_only": True}, 4),
    ],
)
def test_a_window_has_its_epochs_and_its_time_after_the_warm_up(goal, expected):
    """Short epochs go on until the window is long enough."""
    progress = Progress(Goal(most=8, **goal))
    progress.take(epochs(8))
    assert progress.enough == "window"
    assert len(progress.epochs) == expected


@given(cuts=st.lists(st.integers(1, 40), max_size=12), warm_up=st.integers(0, 3), k=st.integers(1, 5))
def test_what_is_decided_does_not_depend_on_when_it_is_read(cuts, warm_up, k):
    """One after the other, all at once, or in any pieces."""
    events = epochs(10, metrics=lambda n: {"accuracy": n / 9})
    goal = to_target(warm_up=warm_up, epochs=k)
    at_once, in_pieces = Progress(goal), Progress(goal)
    at_once.take(events)
    places = sorted({0, *(min(cut, len(events)) for cut in cuts), len(events)})
    for start, end in pairwise(places):
        in_pieces.take(events[start:end])
    assert (in_pieces.enough, in_pieces.epochs) == (at_once.enough, at_once.epochs)


def test_validation_after_the_end_of_an_epoch_is_waited_for():
    """As Hugging Face's Trainer does it: the epoch ends, and is then validated."""
    progress = Progress(Goal(most=9, warm_up=1, epochs=1))
    progress.take(said((0, "epoch_start"), (1, "epoch_end"), (1.5, "eval_end", {"metrics": {"accuracy": 0.5}})))
    progress.take(said((2, "epoch_start"), (3, "epoch_end")))
    assert not progress.enough
    progress.take(said((3.5, "eval_end", {"metrics": {"accuracy": 0.6}})))
    assert progress.enough == "window"
    assert progress.epochs[-1].end_ns == 3_500_000_000
    assert progress.epochs[-1].metrics == {"accuracy": 0.6}


def test_the_end_of_a_run_ends_the_waiting():
    """No validation comes after it."""
    progress = Progress(Goal(most=9, warm_up=1, epochs=1))
    progress.take(said((0, "epoch_start"), (1, "epoch_end"), (1.5, "eval_end"), (2, "epoch_start"), (3, "epoch_end")))
    assert not progress.enough
    progress.take(said((3.1, "run_end")))
    assert progress.enough == "window"


def test_other_ranks_only_say_that_they_are_there():
    """Their events count for nothing."""
    progress = Progress(to_target())
    progress.take(said((1, "hello"), (1, "epoch_start"), (2, "epoch_end"), rank=1))
    assert progress.silent
    assert not progress.epochs


def test_times_are_corrected_by_the_offset_of_the_script_clock():
    """What is taken off is taken off everywhere."""
    progress = Progress(to_target())
    progress.take(epochs(2), offset_ns=1_000_000_000)
    assert progress.epochs[0].start_ns == 0


def test_steps_count_after_ten_of_them_and_five_seconds():
    """A stretch lasts 20 s at least, and its warm-up is none of it."""
    progress = Progress(Goal(most=9, warm_up=1, epochs=3, steps=100))
    start = said((0, "epoch_start", {"epoch": 1}))
    progress.take(start + said(*((s, "steps", {"n": 8, "epoch": 1}) for s in range(1, 26))))
    assert not progress.enough
    progress.take(said(*((s, "steps", {"n": 8, "epoch": 1}) for s in range(26, 30))))
    assert progress.enough == "steps"
    ((start_ns, end_ns, n),) = progress.stretch().pieces
    assert start_ns >= WARM_NS
    assert end_ns - start_ns >= LEAST_NS
    assert n == 8 * (end_ns - start_ns) / 1e9
    assert progress.step_times_s(start_ns, end_ns) == pytest.approx([0.125] * round((end_ns - start_ns) / 1e9))


def test_without_words_about_steps_their_mean_follows_from_their_number():
    """Over the training of each epoch that lies in the window as a whole."""
    progress = Progress(to_target())
    for epoch, steps in ((1, 8), (2, 16), (3, None)):
        words = epochs(1, first=epoch)
        words[1].data["steps"] = steps
        progress.take(words)
    progress.finish()
    first, second, third = progress.epochs
    assert progress.step_times_s(first.start_ns, third.end_ns) == pytest.approx([0.1, 0.05])
    assert progress.step_times_s(second.start_ns, second.train_end_ns) == pytest.approx([0.05])
    assert progress.step_times_s(second.start_ns + 1, second.end_ns) == []
    assert progress.step_times_s(third.start_ns, third.end_ns) == []


def test_tens_of_thousands_of_epochs_are_looked_at_once():
    """Each call takes what is new; the time of all calls does not grow with the square of what was there."""
    progress = Progress(Goal(most=100_000, warm_up=1, epochs=20_000))
    for number in range(1, 5001):
        progress.take(epochs(1, first=number))
    assert len(progress.epochs) == 5000
    assert len(progress._told) < 10


@pytest.mark.parametrize(("warm_up", "expected"), [(0, 3), (1, 3), (2, 4)])
def test_an_epoch_whose_start_nobody_told_is_in_no_window(warm_up, expected):
    """It has no length; a warm-up leaves it out anyway."""
    progress = Progress(Goal(most=9, warm_up=warm_up, epochs=2))
    progress.take(said(*((n, "epoch_end") for n in range(1, 9))))
    assert (progress.unknown, progress.warm_up) == (1, max(1, warm_up))
    assert len(progress.epochs) == expected
    first, second = (Windows(progress).epoch(epoch) for epoch in progress.epochs[:2])
    assert first.whole is None
    assert second.whole.time_s == 1


def test_scripts_that_never_say_when_epochs_begin_are_validated_now_and_then():
    """Nobody waits for the validation of an epoch once another is over."""
    progress = Progress(Goal(most=99, warm_up=1, epochs=3))
    for n in range(1, 5):
        progress.take(said((n, "epoch_end", {"epoch": n})))
        if n == 2:
            progress.take(said((n + 0.5, "eval_end", {"epoch": n})))
    assert not progress.enough  # the fourth may still be validated
    progress.take(said((5, "epoch_end", {"epoch": 5})))
    assert progress.enough == "window"
    assert [epoch.number for epoch in progress.epochs] == [1, 2, 3, 4]
