"""What vectorized replays cost: with more cores, seeds and recurrences."""

from __future__ import annotations

import statistics
import time

import simulator

POLICY = "pruning-gts"


def us_per_run(jobs, traces, *, recurrences, n_seeds, workers, engine="vectorized", detail="replays"):
    """Time one call: microseconds per run, table and all."""
    start = time.perf_counter()
    table = simulator.replay(
        jobs,
        traces,
        policy=POLICY,
        seeds=range(n_seeds),
        recurrences=recurrences,
        engine=engine,
        detail=detail,
        workers=workers,
    )
    seconds = time.perf_counter() - start
    return seconds * 1e6 / (table["runs"].sum() if detail == "replays" else len(table))


def in_turns(rounds, settings, measure):
    """Measure each setting once a round; returns a row of figures for each round."""
    return [[measure(**setting) for setting in settings] for _ in range(rounds)]


def medians(rows):
    """Take the median of each column."""
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def cores_in_turns(job, traces, *, n_seeds, rounds, cores):
    """Measure us per run of 150 recurrences on one core, two, and so on; returns a row for each round."""

    def measure(**setting):
        return us_per_run(job, traces, recurrences=150, n_seeds=n_seeds, **setting)

    return in_turns(rounds, [{"workers": n} for n in range(1, cores + 1)], measure)


def print_growth(job, traces, *, n_seeds, rounds, cores):
    """Print how the cost of replaying a job grows; returns how many times faster all cores are, at its largest."""

    def measure(**setting):
        return us_per_run(job, traces, **{"recurrences": 150, "n_seeds": n_seeds, "workers": 1, **setting})

    print(f"\n{job.dataset} {job.network}, us per run; where nothing else is said, {n_seeds:,} seeds x 150 on 1 core")
    faster = 1.0
    for many in (n_seeds, 10 * n_seeds):
        times = medians(cores_in_turns(job, traces, n_seeds=many, rounds=rounds, cores=cores))
        for n, us in enumerate(times, start=1):
            print(f"{n:>10} cores, {many:>9,} seeds {us:>9.3f}{times[0] / us:>9.2f} times faster")
        faster = times[0] / times[-1]
    for what, several in (
        ("n_seeds", [n_seeds * k for k in (1, 2, 4, 8)]),
        ("recurrences", [100, 200, 500, 1000, 2000]),
    ):
        times = medians(in_turns(rounds, [{what: n} for n in several], measure))
        for n, us in zip(several, times, strict=True):
            more = n / several[0]
            name = what.removeprefix("n_")
            print(
                f"{n:>10,} {name:<22}{us:>9.3f}{more * us / times[0]:>9.2f} times the cost for {more:.0f} times as many"
            )
    return faster
