"""Steps, and the time that they took."""

from __future__ import annotations

import pytest

from simulator.collect.protocol import Event
from simulator.collect.run.progress import Goal, Progress
from simulator.collect.run.steps import Steps


def said(*words):
    """Events out of (seconds, kind) or (seconds, kind, number of steps)."""
    events = []
    for s, kind, *n in words:
        data = {"steps" if kind == "train_end" else "n": n[0]} if n else {}
        events.append(Event(kind, round(s * 1e9), 0, 7, 0, data))
    return events


def taken(words):
    steps = Steps()
    for event in said(*words):
        steps.take(event)
    return steps


def warm(*words):
    """A first epoch that warms up, and then those words, from second 10 on."""
    return taken([(0, "epoch_start"), (1, "steps", 10), (7, "steps", 10), (8, "epoch_end"), *words])


def an_epoch(start_s):
    """Two and a half seconds of training, 25 steps, and one of validation."""
    after = lambda *words: [(start_s + s, *rest) for s, *rest in words]  # noqa: E731  it is used right here
    told = [(0, "epoch_start"), (1, "steps", 10), (2, "steps", 10), (2.5, "steps", 5)]
    return after(*told, (2.5, "train_end", 25), (2.5, "eval_start"), (3.5, "eval_end"), (3.5, "epoch_end"))


def test_a_step_costs_the_same_whatever_lies_between_epochs():
    """Neither validation nor what a script does between two epochs is time of a step."""
    stretch = warm(*an_epoch(10), *an_epoch(15), *an_epoch(20)).stretch()
    assert [(piece.start_ns / 1e9, piece.end_ns / 1e9, piece.steps) for piece in stretch.pieces] == [
        (10, 12.5, 25),
        (15, 17.5, 25),
        (20, 22.5, 25),
    ]
    assert (stretch.steps, stretch.time_ns) == (75, 7_500_000_000)


@pytest.mark.parametrize(
    ("words", "pieces"),
    [
        ([(10, "epoch_start"), (11, "steps", 10), (13, "epoch_end")], [(10, 11, 10)]),
        ([(10, "epoch_start"), (11, "steps", 10), (12, "train_end", 20)], [(10, 12, 20)]),
        ([(10, "epoch_start"), (12, "train_end", 20)], [(10, 12, 20)]),
        ([(10, "epoch_start"), (12, "train_end")], []),
        ([(10, "epoch_start"), (11, "steps", 9), (11, "eval_start"), (14, "eval_end"), (15, "steps", 9)],
         [(10, 11, 9), (14, 15, 9)]),
        ([(10, "epoch_start"), (11, "steps", 9), (14, "eval_end"), (15, "steps", 9), (16, "steps", 9)],
         [(10, 11, 9), (15, 16, 9)]),
        ([(10, "steps", 5), (11, "steps", 5), (12, "epoch_end"), (14, "steps", 5), (15, "steps", 5)],
         [(10, 11, 5), (14, 15, 5)]),
    ],
    ids=["untold rest", "rest at the end", "only the end", "nothing told", "validated within", "hidden", "no starts"],
)  # fmt: skip
def test_steps_count_together_with_the_time_in_which_they_were_made(words, pieces):
    """Where a break lies in between, or nobody said how many there were, neither counts."""
    stretch = warm(*words).stretch()
    assert (
        [(p.start_ns / 1e9, p.end_ns / 1e9, p.steps) for p in stretch.pieces if stretch] == pieces
        if pieces
        else (stretch is None)
    )


def test_validation_is_no_part_of_the_least_time():
    """A stretch trains for 20 s."""
    progress = Progress(Goal(most=99, steps=10))
    for epoch in range(9):
        progress.take(said(*an_epoch(10 * epoch)))
        assert not progress.enough
    progress.take(said(*an_epoch(90)))
    assert progress.enough == "steps"
