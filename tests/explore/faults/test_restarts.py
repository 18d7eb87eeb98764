"""After a kill the next run begins at once: it waits neither for a lock, nor for tokens, nor for cells that ran.

That is asked of what it does; how long it takes is told by ``benchmarks/sweep_overhead.py``.
"""

from __future__ import annotations

import fcntl
import random
import time

import pytest
from killed_sweeps import CELLS, Moment, Place, kill_all, kill_driver

from simulator.explore import run_grid
from simulator.explore.executors.pool import Pool
from simulator.explore.tokens import Leases


@pytest.mark.parametrize("kill", [kill_driver, kill_all], ids=["driver", "everyone"])
@pytest.mark.parametrize("event", ["shard begun", "shard there", "log grows"])
def test_a_restart_waits_for_nothing(tmp_path, monkeypatch, kill, event):
    """Before it hands out its first chunks it neither sleeps nor listens, and the token is free for it."""
    place = Place(tmp_path / "place")
    process = place.start()
    assert place.wait(process, Moment(event, 0.0))
    kill(process, random.Random(event))
    process.wait()
    place.nobody_holds_anything()
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(place.where / "state"))
    told = []

    def watched(what, real, says=lambda *_: None):
        def call(*words, **named):
            result = real(*words, **named)
            told.append((what, says(result, *words)))
            return result

        return call

    monkeypatch.setattr(time, "sleep", watched("sleep", time.sleep))
    monkeypatch.setattr(fcntl, "flock", watched("flock", fcntl.flock, lambda _, file, how: bool(how & fcntl.LOCK_NB)))
    monkeypatch.setattr(Pool, "poll", watched("poll", Pool.poll))
    monkeypatch.setattr(Pool, "submit", watched("submit", Pool.submit))
    monkeypatch.setattr(Leases, "acquire", watched("acquire", Leases.acquire, lambda lease, *_: lease is not None))
    assert run_grid(place.where / "plan.py", folder=place.folder, workers=2).counts.done == CELLS
    before = told[: told.index(("submit", None))]
    assert {what for what, _ in before} <= {"flock", "acquire"}
    assert ("flock", False) not in before, "no lock is waited for"
    assert next(got for what, got in told if what == "acquire"), "the token is had at the first asking"
