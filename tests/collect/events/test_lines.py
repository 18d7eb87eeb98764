"""A line of the log: all that the protocol asks for, short and readable."""

from __future__ import annotations

import json
import os
import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect import events
from simulator.collect.protocol import events_of


def test_a_line_says_all_that_the_protocol_asks_for(log, monkeypatch):
    """Version, kind, both clocks, process and rank; the first line says who speaks."""
    monkeypatch.setenv("SIMULATOR_RUN_ID", "abc")
    before = time.monotonic_ns(), time.time_ns()
    events.epoch_start(1)
    after = time.monotonic_ns(), time.time_ns()
    hello, start = (json.loads(line) for line in log.read_bytes().splitlines())
    assert hello["k"] == "hello"
    assert hello["run_id"] == "abc"
    assert hello["versions"]["numpy"] == np.__version__
    assert list(start) == ["v", "k", "mono_ns", "wall_ns", "pid", "rank", "epoch"]
    assert (start["v"], start["pid"], start["rank"], start["epoch"]) == (1, os.getpid(), 0, 1)
    assert before[0] <= start["mono_ns"] <= after[0]
    assert before[1] <= start["wall_ns"] <= after[1]


def test_a_line_that_is_too_long_is_cut_and_says_so(log, monkeypatch):
    """It stays one readable line, and keeps the metric that decides."""
    monkeypatch.setenv("SIMULATOR_STOP_AT", "accuracy>=2")
    events.eval_end(1, {**{f"metric number {i}": i / 7 for i in range(5000)}, "accuracy": 0.5})
    events.note("é" * 5000)
    events.hello("mine", many=list(range(3000)), deep={"a": {"b": ["c" * 9000]}})
    events.hello("mine", **{f"fact number {i}": i for i in range(3000)})
    lines = log.read_bytes().splitlines()
    assert all(len(line) < 4096 for line in lines)
    assert sum("cut" in json.loads(line) for line in lines) == 4
    ended = next(event for event in events_of(log) if event.kind == "eval_end")
    assert ended.metrics["accuracy"] == 0.5
    assert len(ended.metrics) > 50
    assert ended.data["epoch"] == 1


def test_facts_that_json_cannot_say_are_said_as_text(log):
    """One odd fact harms no other."""
    loop = []
    loop.append(loop)
    events.hello("mine", where=log, share=float("nan"), loop=loop, v=5, fine=1)
    (hello,) = events_of(log)
    assert hello.data["share"] == "nan"
    assert hello.data["fine"] == 1
    assert hello.data["where"] == str(log)


@given(st.text(), st.dictionaries(st.text(max_size=20), st.text() | st.lists(st.integers()) | st.none(), max_size=5))
def test_every_line_is_short_and_readable(text, facts):
    """Whatever is said."""
    line = events._fit({"v": 1, "text": text, "facts": facts})
    assert len(line) < 4096
    assert b"\n" not in line
    said = json.loads(line)
    assert "cut" in said or said == {"v": 1, "text": text, "facts": facts}
