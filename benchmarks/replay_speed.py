"""Time one run of a replay, ours beside the published simulator.

Prints, from one run of this program, microseconds per run (per history row) of both on the same jobs, seeds and
machine, and the ratio; then ours under every stock policy, and under the published policy class, which our engine
runs as it is. Both sides are timed in turn, so that a machine that slows down slows down both.

    python benchmarks/replay_speed.py [--traces DIR] [--gpu v100] [--recurrences 80] [--seeds 3]

Without --traces it takes the published traces from ../shared where they are, otherwise the bundled synthetic ones.
The published simulator is the PyPI package zeus 0.16.0, in the extra "test".
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace

from speed.published import (
    ZEUS,
    add_options,
    describe,
    ours,
    published,
    published_job,
    published_policy,
    source_of,
    timed,
)
from suite.measured import of_rounds

import simulator
from simulator.policy import PruningGTSBatchSizeOptimizer, create, names


def table_ms(job, traces):
    """Time what ours does once for each job: both traces joined, and made into arrays."""
    start = time.perf_counter()
    simulator.Traces(train=traces.train, power=traces.power).table(job)
    return (time.perf_counter() - start) * 1e3


def compare_job(job, traces, *, recurrences, seeds):
    """Time both sides in turn on one job, us per run for each seed; their histories must be the same."""
    rounds = []
    for seed in range(seeds):
        policy = PruningGTSBatchSizeOptimizer(seed=seed, verbose=False)
        our_time, our_history = timed(ours(traces, policy, seed), job, recurrences)
        their_time, their_history = timed(published(traces, seed), published_job(job), recurrences)
        if our_history != their_history:
            raise SystemExit(f"histories differ: {job}, seed {seed}")
        rounds.append((our_time * 1e6, their_time * 1e6))
    return rounds


def medians(rounds):
    """Take the median of each side."""
    return tuple(statistics.median(column) for column in zip(*rounds, strict=True))


def candidates():
    """Name each stock policy, and the published class, which our engine runs as it is; with what makes it."""
    stock = {name: (lambda seed, name=name: create(name, seed=seed)) for name in names()}
    return {**stock, f"{ZEUS} PruningGTSBatchSizeOptimizer": published_policy}


def time_policy(make, traces, *, recurrences, seed):
    """Time a policy on every job: us per run of each that converged."""
    done = [timed(ours(traces, make(seed), seed), job, recurrences) for job in traces.jobs]
    return [each[0] * 1e6 for each in done if each]


def measurements(*, quick):
    """Measure both sides, the policies, and what is made once."""
    traces, recurrences, seeds = simulator.read_traces(source_of(None), gpu="v100"), 80, 2 if quick else 9
    jobs = [compare_job(job, traces, recurrences=recurrences, seeds=seeds) for job in traces.jobs]
    our_us, their_us = (
        [statistics.mean(row[side] for row in rows) for rows in zip(*jobs, strict=True)] for side in (0, 1)
    )
    what = {"traces": traces.name, "gpu": traces.gpu, "recurrences": recurrences}
    ratios = [theirs / us for us, theirs in zip(our_us, their_us, strict=True)]
    yield of_rounds("replay/thompson-80-vs-zeus", ratios, against=ZEUS, **what)
    times = {
        name: [statistics.mean(time_policy(make, traces, recurrences=recurrences, seed=seed)) for seed in range(seeds)]
        for name, make in candidates().items()
    }
    over = {name: [theirs / us for theirs, us in zip(their_us, of, strict=True)] for name, of in times.items()}
    as_published = over.pop(f"{ZEUS} PruningGTSBatchSizeOptimizer")
    yield of_rounds("replay/published-policy-80-vs-zeus", as_published, against=ZEUS, **what)
    slowest = min(over, key=lambda name: statistics.median(over[name]))
    found = of_rounds("replay/slowest-policy-80-vs-zeus", over[slowest], against=ZEUS, **what)
    yield replace(found, spread=f"{found.spread}; the slowest is {slowest}")  # another one may be at another time
    once = [statistics.median(table_ms(job, traces) for job in traces.jobs) for _ in range(seeds)]
    yield of_rounds("replay/table-once", once, traces=traces.name, gpu=traces.gpu)


#: What ``python -m benchmarks`` measures.
PARTS = {"replay": measurements}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_options(parser)
    parser.add_argument("--recurrences", type=int, default=80)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    traces = simulator.read_traces(source_of(options.traces), gpu=options.gpu)
    print(f"{describe(traces)}, {options.recurrences} recurrences, {options.seeds} seeds; us per run\n")

    print(f"{'job':<50}{'ours':>9}{'zeus 0.16.0':>13}{'ratio':>8}")
    rows = [
        medians(compare_job(job, traces, recurrences=options.recurrences, seeds=options.seeds)) for job in traces.jobs
    ]
    for job, (our_us, their_us) in zip(traces.jobs, rows, strict=True):
        print(f"{job.workload:<50}{our_us:>9.1f}{their_us:>13.0f}{their_us / our_us:>7.0f}x")
    once = statistics.median(table_ms(job, traces) for job in traces.jobs)
    our_us, their_us = (statistics.mean(column) for column in zip(*rows, strict=True))
    print(f"{'mean':<50}{our_us:>9.1f}{their_us:>13.0f}{their_us / our_us:>7.0f}x")

    print(f"ours makes each job's table once: {once:.0f} ms, not in the figures above")
    print(f"\n{'our engine with policy':<50}{'ours':>9}{'':>13}{'ratio of the means':>20}")
    for name, make in candidates().items():
        times = [
            us
            for seed in range(options.seeds)
            for us in time_policy(make, traces, recurrences=options.recurrences, seed=seed)
        ]
        us = statistics.mean(times)
        print(f"{name:<50}{us:>9.1f}{'':>13}{their_us / us:>19.0f}x")


if __name__ == "__main__":
    main()
