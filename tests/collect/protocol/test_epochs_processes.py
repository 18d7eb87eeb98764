"""Epochs of jobs with several ranks or processes: one of them is followed."""

from __future__ import annotations

import pytest
from said_events import said

from simulator.collect.protocol import epochs_of


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
