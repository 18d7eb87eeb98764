"""Plain Python policies in several processes: the same table as in one, and the same error."""

from __future__ import annotations

import threading

import pandas as pd
import pytest
from engines import assert_same
from small import JOB, TRACES, Fixed, make_groups, make_traces

from simulator import Job, replay
from simulator.errors import ConvergenceError, PolicyError
from simulator.policy import PruningGTSBatchSizeOptimizer


class Alternating(Fixed):
    """Two sizes in turn, with methods of its own: nothing compiles here."""

    name = "alternating"

    def predict(self, job):
        return (16, 8, 32)[len(self.observed) % 3]


class Unsendable(Alternating):
    """Holds what no pickle takes."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


def _local():
    """Make a class that only this function knows."""

    class Local(Alternating):
        pass

    return Local


@pytest.mark.parametrize(
    "policy",
    [Alternating, _local(), lambda seed: PruningGTSBatchSizeOptimizer(seed=seed), lambda: Fixed(8)],
    ids=["class", "local class", "seeded lambda", "lambda"],
)
@pytest.mark.parametrize("detail", ["runs", "replays"])
def test_processes_make_no_difference(policy, detail):
    """A class, a class within a function and lambdas give the table of a single process, more seeds than one takes."""
    asked = {"policy": policy, "seeds": range(70), "recurrences": 12, "detail": detail, "on_failure": "keep"}
    alone = replay(JOB, TRACES, engine="event", workers=1, **asked)
    assert_same(alone, replay(JOB, TRACES, engine="event", workers=2, **asked))
    assert alone.attrs["manifest"]["knobs"]["engine"] == "event"


def test_groups_in_processes():
    """Several groups a seed lie in the table as they do in one process."""
    asked = {"policy": Alternating, "seeds": range(40), "groups": make_groups(), "engine": "event"}
    assert_same(replay(JOB, TRACES, workers=1, **asked), replay(JOB, TRACES, workers=2, **asked))


def test_what_cannot_be_sent_stays_here():
    """A long replay by a policy that cannot be pickled is played in this process."""
    made = []

    def factory():
        policy = Unsendable()
        made.append(policy)
        return policy

    asked = {"policy": factory, "seeds": range(100), "recurrences": 51}
    table = replay(JOB, TRACES, engine="auto", workers=2, **asked)
    assert len(made) >= 100
    expected = replay(JOB, TRACES, policy=Alternating, seeds=range(100), recurrences=51)
    assert (table["cost"] == expected["cost"]).all()


def test_the_event_engine_stays_here_too():
    """Asked for by name, with two workers: the same table, from this process."""
    asked = {"seeds": range(60), "recurrences": 12, "engine": "event"}
    one = replay(JOB, TRACES, policy=Unsendable, workers=2, **asked)
    lock = threading.Lock()
    other = replay(JOB, TRACES, policy=lambda: Alternating() if lock else None, workers=2, **asked)
    expected = replay(JOB, TRACES, policy=Alternating, workers=1, **asked)
    for table in (one, other):
        assert table.drop(columns="policy").equals(expected.drop(columns="policy"))


@pytest.mark.parametrize("engine", ["event", "vectorized"])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_seed_that_fails_is_the_error(engine, workers):
    """Whoever is first, the error is that of the first seed, and of its first group: the first that is kept."""
    groups = pd.concat([make_groups(), make_groups().query("group == 'b'").assign(group="c", start_time=0.0)])
    traces = make_traces({8: [9.0], 16: [3.0, 9.0, 9.0], 32: [9.0]})
    job = Job("d", "n", "adam", 0.5, 5, default_bs=16)
    asked = {"policy": "gts", "seeds": range(50), "beta": 1.1, "groups": groups, "engine": engine, "workers": workers}
    kept = replay(job, traces, on_failure="keep", **asked).attrs["failures"]
    by_group = {failure["group"]: failure for failure in reversed(kept)}
    assert len({failure["error"] for failure in by_group.values()}) > 1
    assert by_group["a"]["seed"] > kept[0]["seed"]
    with pytest.raises(ConvergenceError) as raised:
        replay(job, traces, on_failure="raise", **asked)
    assert str(raised.value) == kept[0]["error"]


def test_an_error_of_another_kind_is_raised_as_well():
    """A policy that chooses what is not there is the error, from a process too."""
    with pytest.raises(PolicyError, match="batch size 7"):
        replay(JOB, TRACES, policy=lambda: Fixed(7), seeds=range(40), engine="event", workers=2, on_failure="keep")
