"""Where epochs and training begin and end: GPUs are waited for, and steps are counted."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from event_logs import kinds

from simulator.collect import events
from simulator.collect.protocol import epochs_of, events_of


def test_boundaries_wait_for_gpus_that_are_in_use(log, monkeypatch):
    """Torch is asked to finish its work where it has begun any; counting steps does not wait."""
    waits = []
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 3,
        current_device=lambda: 0,
        memory_reserved=lambda i: 100 if i == 2 else 0,
        synchronize=waits.append,
        get_device_properties=lambda i: SimpleNamespace(uuid=f"u{i}"),
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda, __version__="9"))
    events.hello()
    events.steps()
    assert waits == []
    events.epoch_start(1)
    assert waits == [0, 2]  # the one in between is another's
    assert events_of(log)[0].data["devices"] == ["GPU-u0", "GPU-u1", "GPU-u2"]
    cuda.is_initialized = lambda: False
    events.epoch_end(1)
    assert waits == [0, 2]


def test_a_gpu_that_fails_is_the_trainings_own_to_tell(log, monkeypatch):
    """Waiting for it raises nothing here."""
    jax = SimpleNamespace(live_arrays=lambda: 1 / 0)
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "jax._src.xla_bridge", SimpleNamespace(backends_are_initialized=lambda: True))
    events.run_start()
    assert kinds(log) == ["hello", "run_start"]


@pytest.mark.parametrize("end", [events.train_end, events.eval_start])
def test_the_end_of_training_tells_the_steps_that_were_not_told(log, end):
    """However short an epoch is, all of its steps are told, and none twice."""
    for epoch in range(2):
        events.epoch_start(epoch)
        events.steps(3)
        end()
        end()
        events.epoch_end()
    assert [event.data["n"] for event in events_of(log) if event.kind == "steps"] == [3, 3]


def test_steps_are_counted_always_and_told_at_most_once_a_second(log, monkeypatch):
    """What was told within an epoch, and its sum at the end of training."""
    now = [0]
    monkeypatch.setattr(events.time, "monotonic_ns", lambda: now[0])
    for _ in events.epochs(2):
        for _ in range(50):
            now[0] += 100_000_000
            events.steps(2, samples=8)
        events.train_end()
    told = [event.data["n"] for event in events_of(log) if event.kind == "steps"]
    assert told == [20] * 5 + [20] * 5
    assert [(epoch.steps, epoch.samples) for epoch in epochs_of(events_of(log))] == [(100, 400)] * 2


def test_numpys_counts_are_counts(log):
    """A script may count epochs and steps with them."""
    events.epoch_start(np.int64(3))
    events.train_end(steps=np.int32(7))
    events.epoch_end()
    (epoch,) = epochs_of(events_of(log))
    assert (epoch.reported, epoch.steps) == (3, 7)


def test_what_is_told_between_epochs_names_none(log):
    """So a test after the last epoch is not taken for its validation."""
    events.epoch_start(1)
    events.eval_end(accuracy=0.5)
    events.epoch_end()
    events.eval_end(accuracy=0.9)
    events.run_end()
    assert [event.data.get("epoch") for event in events_of(log) if event.kind == "eval_end"] == [1, None]
    assert [epoch.metrics for epoch in epochs_of(events_of(log))] == [{"accuracy": 0.5}]
