"""A SYNTHETIC cluster's year: groups of recurring jobs, and the files that a sweep reads them from.

What is known of a real one: Alibaba's PAI trace of July and August 2020 was recorded on 6,742 GPUs and counts jobs of
more than 1,300 users (Q. Weng et al., "MLaaS in the Wild", NSDI'22); jobs of one group tag recur, and how often is
spread over orders of magnitude. Zeus was evaluated on its recurring jobs, matched to six recorded ones by runtime (J.
You et al., NSDI'23, section 6.1). The sizes here are drawn from a power law between `LEAST` and `MOST` with the mean
that is asked for; starts are spread evenly over the year, and a submission lasts around its group's mean. The law and
its ends are assumptions of ours, not facts of that trace.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["GROUPS_OF_A_CELL", "Block", "blocks_of", "sizes_of", "write_blocks"]

YEAR_S = 365 * 24 * 3600
#: A recurring job is submitted at least as often as this a year, and at most every five minutes.
LEAST, MOST = 5, YEAR_S // 300
#: Spread of the logarithm of a submission's runtime around its group's mean.
SPREAD = 0.4
#: Groups that one cell of the sweep replays: many enough that planning costs little, few enough for its memory.
GROUPS_OF_A_CELL = 20


class Block(NamedTuple):
    """What one cell replays.

    Parameters
    ----------
    file
        Where its submissions lie; None for a block that is only counted.
    job
        Number of the job that stands in for its groups.
    groups, runs
        How many there are.
    """

    file: Path | None
    job: int
    groups: int
    runs: int


def sizes_of(n_groups, n_runs, *, seed=0):
    """Draw how often each group is submitted: so many in all, to the last one.

    The exponent of the power law is found by bisection, so that its mean is the one that is asked for.
    """
    chance, mean = np.random.default_rng([seed, n_groups]), n_runs / n_groups
    if not LEAST < mean < MOST:
        raise ValueError(f"{mean:g} submissions a group; a year has room for {LEAST} to {MOST:,}")
    low, high = -4.0, 3.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _mean(middle) < mean else (middle, high)
    drawn = _quantile(chance.random(n_groups), (low + high) / 2)
    sizes = np.clip(np.floor(drawn * n_runs / drawn.sum()), LEAST, MOST).astype(np.int64)
    most = np.argsort(sizes)[::-1]
    left, place = n_runs - int(sizes.sum()), 0
    while left:  # what rounding and clipping took from, or gave to, the largest ones
        group = most[place % n_groups]
        step = int(np.clip(left, LEAST - sizes[group], MOST - sizes[group]))
        step = int(math.copysign(min(abs(step), max(1, abs(left) // 8)), step)) if step else 0
        sizes[group] += step
        left, place = left - step, place + 1
    return sizes


def _mean(power):
    """Find the mean of a density x^-power between the ends."""
    return _integral(1 - power) / _integral(-power)


def _integral(power):
    if abs(power + 1) < 1e-12:
        return math.log(MOST / LEAST)
    return (MOST ** (power + 1) - LEAST ** (power + 1)) / (power + 1)


def _quantile(part, power):
    """Invert the distribution of a density x^-power between the ends."""
    if abs(power - 1) < 1e-9:
        return LEAST * (MOST / LEAST) ** part
    low, high = LEAST ** (1 - power), MOST ** (1 - power)
    return (low + part * (high - low)) ** (1 / (1 - power))


def blocks_of(sizes, n_jobs):
    """Deal groups out to cells, only counted: as many groups each, the jobs in turn."""
    cut = [sizes[first : first + GROUPS_OF_A_CELL] for first in range(0, len(sizes), GROUPS_OF_A_CELL)]
    return [Block(None, number % n_jobs, len(part), int(part.sum())) for number, part in enumerate(cut)]


def write_blocks(folder, sizes, jobs, *, seed=0):
    """Write the submissions of each cell to a Parquet file; returns the blocks with their files."""
    folder, chance = Path(folder), np.random.default_rng([seed, 1])
    folder.mkdir(parents=True, exist_ok=True)
    written, first = [], 0
    for number, block in enumerate(blocks_of(sizes, len(jobs))):
        file = folder / f"groups-{number:06}.parquet"
        part = sizes[first : first + block.groups]
        table = submissions(part, jobs[block.job].dataset, chance, first=first)
        table.to_parquet(file, compression="zstd", index=False)
        written.append(block._replace(file=file))
        first += block.groups
    return written


def submissions(sizes, dataset, chance, *, first=0):
    """Make the table of some groups, as `simulator.read_groups` reads it."""
    numbers = np.repeat(np.arange(first, first + len(sizes)), sizes)
    starts_s = chance.uniform(0, YEAR_S, len(numbers))
    order = np.lexsort((starts_s, numbers))
    ratios = np.exp(chance.normal(0, SPREAD, len(numbers)))
    usual_s = np.repeat(np.exp(chance.normal(math.log(3600), 1, len(sizes))), sizes)
    return pd.DataFrame(
        {
            "group": numbers.astype(str),
            "dataset": dataset,
            "start_time": starts_s[order],
            "end_time": starts_s[order] + usual_s * ratios,
            "runtime_ratio": ratios,
        }
    )
