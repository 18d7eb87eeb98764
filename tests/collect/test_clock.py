"""Telling the time and waiting for a moment."""

from __future__ import annotations

import time

from simulator.collect.clock import SystemClock, wall_pair


class Stepping:
    """A clock that goes on by a nanosecond whenever it is read, with a realtime clock that is set back."""

    def __init__(self):
        self.mono_ns = 1000
        self.offset_ns = 10**18

    def monotonic_ns(self):
        self.mono_ns += 1
        return self.mono_ns

    def realtime_ns(self):
        self.mono_ns += 1
        return self.mono_ns + self.offset_ns

    def sleep_until(self, mono_ns):
        self.mono_ns = max(self.mono_ns, mono_ns)


def test_waiting_is_never_cut_short():
    """A moment that was waited for has come; one that is over is not waited for."""
    clock = SystemClock()
    for wait_ns in (2_000_000, 100_000, 0, -(10**12)):
        moment_ns = clock.monotonic_ns() + wait_ns
        clock.sleep_until(moment_ns)
        assert clock.monotonic_ns() >= moment_ns


def test_the_system_clock_is_that_of_all_processes():
    """Monotonic times are those that another process would read, and realtime is since 1970."""
    before_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    assert before_ns <= SystemClock().monotonic_ns() <= time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    assert abs(SystemClock().realtime_ns() - time.time_ns()) < 10**10


def test_a_pair_is_one_moment_on_both_clocks():
    """The realtime clock is read in the middle; setting it changes the difference by as much."""
    clock = Stepping()
    mono_ns, wall_ns = wall_pair(clock)
    assert wall_ns - mono_ns == clock.offset_ns
    clock.offset_ns -= 5_000_000
    mono_ns, wall_ns = wall_pair(clock)
    assert wall_ns - mono_ns == 10**18 - 5_000_000
