"""Times all sides of the engine's benchmark in turns, and what a user waits for in a fresh process."""

from __future__ import annotations

import statistics
import tempfile
from typing import NamedTuple

import simulator
from simulator.replay.choice import usable_cores
from speed.floor import count_draws, floor_us
from speed.fresh import in_fresh_process
from speed.growth import POLICY, us_per_run
from speed.published import published, published_job, timed

__all__ = ["Times", "measure_million", "measure_uses", "middle", "time_job"]


class Times(NamedTuple):
    """Microseconds per run."""

    one_core: float
    all_cores: float
    event: float
    published: float
    floor: float

    @property
    def ratios(self):
        """Published to ours on one core and on all; ours on one core to the floor."""
        return self.published / self.one_core, self.published / self.all_cores, self.one_core / self.floor


def time_job(job, traces, *, recurrences, runs, rounds):
    """Time all sides in turns on one job; returns the times of each round."""
    n_seeds = max(1, runs // recurrences)
    few = {"recurrences": recurrences, "n_seeds": max(1, n_seeds // 100)}
    many = {"recurrences": recurrences, "n_seeds": n_seeds}
    draws = count_draws(job, traces, recurrences=recurrences, seeds=range(few["n_seeds"]))
    histories = histories_of(job, traces, recurrences, rounds)
    rows = []
    for seed in range(rounds):
        ours = [us_per_run(job, traces, **many, workers=n) for n in (1, usable_cores())]
        floor = floor_us(draws, runs)
        event = us_per_run(job, traces, **few, workers=1, engine="event")
        seconds, history = timed(published(traces, seed), published_job(job), recurrences)
        if history != histories[seed]:
            raise SystemExit(f"histories differ: {job}, {recurrences} recurrences, seed {seed}")
        rows.append(Times(*ours, event, seconds * 1e6, floor))
    return rows


def middle(rows, of=statistics.median):
    """Sum up several times, each column by itself."""
    return Times(*map(of, zip(*rows, strict=True)))


def histories_of(job, traces, recurrences, n_seeds):
    """Replay some seeds by compiled code; returns the rows of each as the published simulator writes them."""
    table = simulator.replay(
        job, traces, policy=POLICY, seeds=range(n_seeds), recurrences=recurrences, engine="vectorized"
    )
    columns = ["batch_size", "power_limit_w", "energy_j", "reached", "time_s"]
    return [list(rows[columns].itertuples(index=False, name=None)) for _, rows in table.groupby("seed")]


def measure_uses(source, gpu, rounds):
    """Measure what a user waits for: a small first use, a first use, and later ones."""
    asked = {"traces": source and str(source), "gpu": gpu, "n_seeds": 1000, "recurrences": 100}
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as cache:
        small = in_fresh_process(empty, **{**asked, "n_seeds": 10}, engine="auto")
        first = in_fresh_process(cache, **asked, engine="vectorized")
        later = [in_fresh_process(cache, **asked, engine="vectorized") for _ in range(rounds)]
    return small, first, later


def measure_million(source, gpu, n_seeds=1_000_000):
    """Measure what a million seeds take, once compiled."""
    with tempfile.TemporaryDirectory() as cache:
        asked = {"traces": source and str(source), "gpu": gpu, "recurrences": 100, "engine": "vectorized"}
        in_fresh_process(cache, **asked, n_seeds=1)
        return in_fresh_process(cache, **asked, n_seeds=n_seeds)
