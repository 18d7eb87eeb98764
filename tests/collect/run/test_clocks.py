"""Clocks that step, and clocks of containers."""

from __future__ import annotations

import json

import pytest

from simulator.collect.protocol import Event
from simulator.collect.run.clocks import ClockTable, clock_offset_ns
from simulator.errors import EventError

S = 1_000_000_000


class Clock:
    """Two clocks that are set by hand."""

    def __init__(self):
        self.mono_ns, self.wall_ns = 100 * S, 1_700_000_000 * S

    def monotonic_ns(self):
        return self.mono_ns

    def realtime_ns(self):
        return self.wall_ns

    def advance(self, seconds, *, step_s=0.0):
        self.mono_ns += round(seconds * S)
        self.wall_ns += round((seconds + step_s) * S)


def test_pairs_are_kept_every_ten_seconds_and_steps_are_found(tmp_path):
    """A step above 5 ms counts, slow slewing does not; it belongs to what was recorded around it."""
    clock = Clock()
    table = ClockTable(tmp_path / "clocks.jsonl", clock)
    table.look()
    for step_s in (0.0, 0.004, -0.1):
        clock.advance(5)
        table.look()
        clock.advance(5.5, step_s=step_s)
        table.look()
    rows = [json.loads(line) for line in (tmp_path / "clocks.jsonl").read_text().splitlines()]
    assert [row["step_ns"] for row in rows] == [0, 0, 4_000_000, -100_000_000]
    assert table.stepped(100 * S, clock.mono_ns)
    assert not table.stepped(clock.mono_ns + 1, clock.mono_ns + S)
    assert not table.stepped(100 * S, 115 * S)


@pytest.mark.parametrize("offset_s", [0.0, 3600.0, -50.0])
def test_a_script_in_a_time_namespace_is_corrected_by_the_wall_clock(offset_s):
    """It is the same for all."""
    clock = Clock()
    launched_ns = clock.mono_ns
    clock.advance(2.0)
    event = Event("hello", clock.mono_ns + round((offset_s - 0.5) * S), clock.wall_ns - S // 2, 1, 0)
    assert clock_offset_ns(event, launched_ns, (clock.mono_ns, clock.wall_ns)) == round(offset_s * S)


def test_a_script_whose_clocks_are_both_wrong_is_refused():
    """Nobody could tell when it did what."""
    clock = Clock()
    event = Event("hello", clock.mono_ns + 3600 * S, clock.wall_ns - 90 * S, 1, 0)
    with pytest.raises(EventError, match="clocks are not ours"):
        clock_offset_ns(event, clock.mono_ns - S, (clock.mono_ns, clock.wall_ns))
