"""Metrics of whatever make: the log keeps what they are, and none ends training."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect import events
from simulator.collect.protocol import events_of


def test_metrics_of_every_make_are_taken(log):
    """Numpy's and others' scalars; what is no number is kept as text, and the rest of the line is not lost."""
    events.eval_end(
        a=np.float64(0.1), b=np.float32(0.1), c=np.int64(7), d=np.array([0.25]), e=True, f=np.zeros(3), g="high", h=None
    )
    ended = events_of(log)[-1]
    assert ended.metrics == {"a": 0.1, "b": 0.1, "c": 7.0, "d": 0.25, "e": 1.0}
    assert set(ended.data["not_numbers"]) == {"f", "g", "h"}


class Broken:
    """A value that fails whatever it is asked for, as one on a lost GPU does."""

    def __init__(self, error):
        self.error = error

    def item(self):
        raise self.error

    __str__ = __repr__ = __float__ = __len__ = item


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("CUDA error"), NotImplementedError(), OverflowError()])
def test_values_that_cannot_be_looked_at_do_not_end_training(log, error):
    """They are told to be of their class, and what stands beside them is not lost."""
    events.eval_end(1, {Broken(error): 1.0}, bad=Broken(error), good=0.5)
    events.note("a word", bad=Broken(error), deep=[Broken(error)])
    ended, note = events_of(log)[1:]
    assert ended.metrics == {"<Broken>": 1.0, "good": 0.5}
    assert ended.data["not_numbers"] == {"bad": "<Broken>"}
    assert (note.data["bad"], note.data["deep"]) == ("<Broken>", ["<Broken>"])


def test_numbers_beyond_all_floats_do_not_end_training(log):
    """They are no metrics; nor do they end whoever reads a log that has one."""
    events.eval_end(1, huge=10**400, good=0.5)
    events.note("a word", huge=10**5000)
    assert events_of(log)[1].metrics == {"good": 0.5}
    log.write_text(
        '{"v":1,"k":"eval_end","mono_ns":1,"wall_ns":1,"pid":1,"rank":0,"metrics":{"a":-1' + "0" * 400 + "}}\n"
    )
    assert events_of(log)[0].metrics == {"a": -math.inf}


def test_names_of_every_make_are_taken(log):
    """As text; one odd name does not lose the others."""
    events.eval_end(1, {("top", 5): 0.5, 3: 0.25, None: 0.125, "b": 1})
    assert events_of(log)[-1].metrics == {"('top', 5)": 0.5, "3": 0.25, "None": 0.125, "b": 1.0}


def test_metrics_of_float32_are_as_short_as_they_were_written(log):
    """All decimals of six digits come back, also where seven digits of the float32 would be others."""
    for start in range(976_563, 1_000_000, 997):
        written = {f"m{i}": i / 1e9 for i in range(start, min(start + 40, 1_000_000))}
        told = events._told({name: np.float32(value) for name, value in written.items()})
        assert told["metrics"] == written


@given(
    st.dictionaries(st.text(max_size=8), st.floats() | st.floats(width=32) | st.integers(-(2**60), 2**60), max_size=6)
)
def test_metrics_come_back_as_they_were(metrics):
    """NaN and infinities too; and what came out of float32 as the shortest decimal of it."""
    told = events._told(metrics) if events.active() else _told_in_a_collection(metrics)
    record = {"v": 1, "k": "eval_end", "mono_ns": 1, "wall_ns": 1, "pid": 1, "rank": 0}
    from simulator.collect.protocol.event import parse

    line = events._fit(record | {name: values for name, values in told.items() if values})
    back = parse(line).metrics
    assert set(back) == set(metrics)
    for name, value in metrics.items():
        same = back[name] == value or (math.isnan(value) and math.isnan(back[name]))
        assert same or np.float32(back[name]) == np.float32(value) == value


def _told_in_a_collection(metrics):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMULATOR_EVENTS", os.devnull)
        return events._told(metrics)
