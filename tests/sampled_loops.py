"""What a loop of the sampler reads, kept for tests, and time for it on a manual clock."""

from __future__ import annotations

from simulator.collect.sampling.schema import FAST, SLOW

MS = 1_000_000
SECOND = 1_000 * MS


class Kept:
    """Keeps rows as dicts, by batch."""

    def __init__(self):
        self.batches = []

    def __call__(self, fast, slow):
        self.batches.append((len(fast), len(slow)))
        self.fast = [*getattr(self, "fast", []), *(dict(zip(FAST.arrow.names, row, strict=True)) for row in fast)]
        self.slow = [*getattr(self, "slow", []), *(dict(zip(SLOW.arrow.names, row, strict=True)) for row in slow)]


def run(loop, clock, seconds):
    """Let a loop read for so long, and hand over what it has."""
    loop.run_until(clock.monotonic_ns() + round(seconds * SECOND))
    loop.flush()
