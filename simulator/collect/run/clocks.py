"""How the monotonic clock, the wall clock and a script's clock belong together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simulator.collect.clock import wall_pair
from simulator.errors import EventError

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.collect.protocol import Event

__all__ = ["CLOCKS", "ClockTable", "clock_offset_ns"]

#: Pairs of both clocks, a line each, for a whole collection.
CLOCKS = "clocks.jsonl"

#: How often both clocks are read [ns], and what is a step between two readings [ns].
_EVERY_NS = 10_000_000_000
_STEP_NS = 5_000_000

#: How far apart the stamps of a script and ours may be, and still be of one clock [ns].
_SLACK_NS = 50_000_000


class ClockTable:
    """Pairs of (monotonic, wall) time every 10 s, and where the wall clock was set meanwhile.

    Parameters
    ----------
    file
        Where pairs are appended.
    clock
        The clocks.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._last: tuple[int, int] | None = None
        self.steps: list[tuple[int, int]] = []

    def look(self) -> None:
        """Read both clocks if it is time to; a step is kept as (moment, size) [ns]."""
        mono_ns, wall_ns = wall_pair(self._clock)
        step_ns = 0
        if self._last is not None:
            if mono_ns - self._last[0] < _EVERY_NS:
                return
            step_ns = (wall_ns - self._last[1]) - (mono_ns - self._last[0])
            if abs(step_ns) > _STEP_NS:
                self.steps.append((mono_ns, step_ns))
        self._last = mono_ns, wall_ns
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"mono_ns": mono_ns, "wall_ns": wall_ns, "step_ns": step_ns}) + "\n")

    def stepped(self, start_ns: int, end_ns: int) -> bool:
        """Whether the wall clock was set between two moments, or within 10 s after."""
        return any(start_ns <= at_ns <= end_ns + _EVERY_NS for at_ns, _ in self.steps)


def clock_offset_ns(event: Event, launched_ns: int, now: tuple[int, int]) -> int:
    """Find out how far a script's monotonic clock is from ours, by the first word it says.

    In a container with a time namespace it may be; the wall clock is the same for all then, and tells how far.

    Parameters
    ----------
    event
        Its first event.
    launched_ns
        When it was launched, on our clock [ns].
    now
        Our monotonic and wall time when the event was read [ns].

    Returns
    -------
    int
        What to take off the script's times [ns]; 0 for the same clock.

    Raises
    ------
    EventError
        If neither of its clocks agrees with ours: nobody could tell when it did what.
    """
    mono_ns, wall_ns = now
    if launched_ns - _SLACK_NS <= event.mono_ns <= mono_ns + _SLACK_NS:
        return 0
    launched_wall_ns = wall_ns - (mono_ns - launched_ns)
    if not launched_wall_ns - _SLACK_NS <= event.wall_ns <= wall_ns + _SLACK_NS:
        raise EventError(
            f"the script's clocks are not ours: its first event is {(event.mono_ns - mono_ns) / 1e9:+.3f} s off on "
            f"CLOCK_MONOTONIC and {(event.wall_ns - wall_ns) / 1e9:+.3f} s on the wall clock, so its epochs cannot be "
            "joined with the power that was sampled; run it on this machine, with this machine's clock"
        )
    return event.mono_ns - (mono_ns - (wall_ns - event.wall_ns))
