"""The floor: what numpy's own bulk calls take for as many random numbers as a replay draws.

No replay that draws the numbers of the published simulator could be much faster than this, and it also has to seed,
price and learn.
"""

from __future__ import annotations

import time
from collections import Counter
from unittest import mock

import numpy as np

import simulator
from simulator.policy.stream import RandomStream
from simulator.replay.draws import PublishedDraws

#: Numbers drawn by one call: many enough that the call costs nothing, few enough that they stay in the cache.
BLOCK = 1 << 14

NORMAL = 0  # stands for a normal where others stand for a whole number below them


def count_draws(job, traces, *, recurrences, seeds):
    """Count what replays draw, per run: by bound, whole numbers below it; normals under `NORMAL`.

    A permutation of n draws twice from each of 2, 3, .., n: by Floyd's method, and to shuffle. There is no choice
    below 1, so numpy draws nothing for it.
    """
    drawn = Counter()
    path, permutation, normals = PublishedDraws.path, RandomStream.permutation, RandomStream.normals

    def counted_path(draws, batch_size, n_paths):
        drawn[n_paths] += 1
        return path(draws, batch_size, n_paths)

    def counted_permutation(stream, into, n):
        drawn.update(2 * list(range(1, n + 1)))
        permutation(stream, into, n)

    def counted_normals(stream, into, n):
        drawn[NORMAL] += n
        normals(stream, into, n)

    with (
        mock.patch.object(PublishedDraws, "path", counted_path),
        mock.patch.object(RandomStream, "permutation", counted_permutation),
        mock.patch.object(RandomStream, "normals", counted_normals),
    ):
        runs = simulator.replay(
            job, traces, policy="pruning-gts", seeds=seeds, recurrences=recurrences, engine="event", detail="replays"
        )["runs"].sum()
    return {bound: n / runs for bound, n in drawn.items() if bound != 1}


def floor_us(per_run, runs):
    """Time the draws of so many runs in bulk; microseconds per run."""
    generator, start = np.random.default_rng(0), time.perf_counter()
    for bound, n in per_run.items():
        for left in range(round(n * runs), 0, -BLOCK):
            size = min(left, BLOCK)
            if bound == NORMAL:
                generator.standard_normal(size=size)
            else:
                generator.integers(bound, size=size)
    return (time.perf_counter() - start) / runs * 1e6
