"""Which of many processes of a job speaks."""

from __future__ import annotations

import pytest

from simulator.collect import events
from simulator.collect.protocol import events_of


@pytest.mark.parametrize("name", ["RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"])
def test_ranks_after_the_first_only_say_that_they_are_there(log, monkeypatch, name):
    """Whatever launched them."""
    monkeypatch.setenv(name, "2")
    for _ in events.epochs(2):
        events.eval_end(accuracy=1.0)
    (hello,) = events_of(log)
    assert (hello.kind, hello.rank) == ("hello", 2)


def test_the_job_wide_rank_counts(log, monkeypatch):
    """The first of a second node is not the first."""
    monkeypatch.setenv("RANK", "8")
    monkeypatch.setenv("LOCAL_RANK", "0")
    events.run_start()
    assert [event.rank for event in events_of(log)] == [8]


@pytest.mark.parametrize("name", ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "LOCAL_RANK"])
def test_what_a_launcher_of_python_says_comes_first(log, monkeypatch, name):
    """Torchrun within one task of Slurm or MPI: its ranks are those of the training."""
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv(name, "0")
    events.run_start()
    assert [(event.kind, event.rank) for event in events_of(log)] == [("hello", 1)]
