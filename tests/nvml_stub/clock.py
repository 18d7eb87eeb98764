"""A clock that goes when it is told to."""

from __future__ import annotations


class ManualClock:
    """The manual clock of simulated GPUs, with the methods of `simulator.collect.clock.Clock`.

    Sleeping advances it at once. `step` moves the wall clock alone, as an administrator would.
    """

    def __init__(self, gpus):
        self.gpus = gpus
        self.wall_step_ns = 0

    def monotonic_ns(self):
        return self.gpus.now_ns()

    def realtime_ns(self):
        return self.gpus.now_ns() + self.gpus.realtime_offset_ns() + self.wall_step_ns

    def sleep_until(self, mono_ns):
        self.gpus.advance(max(0, mono_ns - self.gpus.now_ns()) / 1e9)

    def step(self, seconds):
        self.wall_step_ns += round(seconds * 1e9)
