"""Made-up rows of samples, for tests of what is written and read."""

from __future__ import annotations


def fast_rows(first, count, *, gpus=1):
    """Rows of so many ticks, each value different from the last."""
    return [
        (t, g, t * 1000, t * 1000 + 9, 5 + t, 100_000 + t, 0, 90_000 + t, 0, 7_000_000 + 3 * t, 0, 17 * t, 0)
        for t in range(first, first + count)
        for g in range(gpus)
    ]


def slow_rows(first, count):
    """Rows of so many seconds."""
    return [
        (
            s * 10**9,
            10**18 + s * 10**9,
            0,
            40 + s,
            1980,
            2619,
            4,
            0,
            0,
            0,
            97,
            300_000,
            300_000,
            0,
            2**30,
            [10 + s, 2**22],
        )
        for s in range(first, first + count)
    ]
