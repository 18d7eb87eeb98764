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
import contextlib
import io
import statistics
import time
import warnings
from dataclasses import asdict
from pathlib import Path

from zeus._legacy.job import Job as PublishedJob
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS
from zeus._legacy.simulate import Simulator as PublishedSimulator

import simulator
from simulator.policy import JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer, create, names

SHARED = Path(__file__).resolve().parents[2] / "shared" / "traces" / "zeus-nsdi23"
KNOBS = {"beta_knob": 2.0, "eta_knob": 0.5}


def timed(replay, job, recurrences):
    """Time one replay: (seconds per run, history). A replay that does not converge counts for nothing.

    A first short replay goes untimed: ours makes the job's table then, once for all replays (`table_ms`).
    """
    with contextlib.redirect_stdout(io.StringIO()):  # the published one prints, whatever it is told
        try:
            replay.simulate_one_job(job, 1, **KNOBS)
            start = time.perf_counter()
            history = replay.simulate_one_job(job, recurrences, **KNOBS)
            return (time.perf_counter() - start) / len(history), history
        except RuntimeError:
            return None


def table_ms(job, traces):
    """Time what ours does once for each job: both traces joined, and made into arrays."""
    start = time.perf_counter()
    simulator.Traces(train=traces.train, power=traces.power).table(job)
    return (time.perf_counter() - start) * 1e3


def ours(traces, policy, seed):
    """Make our engine behind the published interface."""
    power_policy = JITPowerLimitOptimizer(verbose=False)
    return simulator.Simulator(traces.train, traces.power, policy, power_policy, seed=seed, verbose=False)


def published(traces, seed):
    """Make the published simulator with its own policies."""
    policy = PublishedPruningGTS(seed=seed, verbose=False)
    return PublishedSimulator(traces.train, traces.power, policy, PublishedJIT(False), seed=seed, verbose=False)


def compare_job(job, traces, *, recurrences, seeds):
    """Time both sides in turn on one job; their histories must be the same, or the times compare nothing."""
    rounds = []
    for seed in range(seeds):
        policy = PruningGTSBatchSizeOptimizer(seed=seed, verbose=False)
        our_time, our_history = timed(ours(traces, policy, seed), job, recurrences)
        fields = {k: v for k, v in asdict(job).items() if k != "higher_is_better"}
        their_time, their_history = timed(published(traces, seed), PublishedJob(**fields), recurrences)
        if [asdict(run) for run in our_history] != [asdict(run) for run in their_history]:
            raise SystemExit(f"histories differ: {job}, seed {seed}")
        rounds.append((our_time * 1e6, their_time * 1e6))
    return tuple(statistics.median(column) for column in zip(*rounds, strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--traces", type=Path)
    parser.add_argument("--gpu", default="v100")
    parser.add_argument("--recurrences", type=int, default=80)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    source = options.traces or (SHARED if SHARED.is_dir() else None)
    traces = simulator.read_traces(source, gpu=options.gpu)
    kind = "synthetic traces" if traces.synthetic else "traces"
    print(
        f"{kind} {traces.name}, {options.gpu}, {options.recurrences} recurrences, {options.seeds} seeds; us per run\n"
    )

    print(f"{'job':<50}{'ours':>9}{'zeus 0.16.0':>13}{'ratio':>8}")
    rows = [compare_job(job, traces, recurrences=options.recurrences, seeds=options.seeds) for job in traces.jobs]
    for job, (our_us, their_us) in zip(traces.jobs, rows, strict=True):
        print(f"{job.workload:<50}{our_us:>9.1f}{their_us:>13.0f}{their_us / our_us:>7.0f}x")
    once = statistics.median(table_ms(job, traces) for job in traces.jobs)
    our_us, their_us = (statistics.mean(column) for column in zip(*rows, strict=True))
    print(f"{'mean':<50}{our_us:>9.1f}{their_us:>13.0f}{their_us / our_us:>7.0f}x")

    print(f"ours makes each job's table once: {once:.0f} ms, not in the figures above")
    print(f"\n{'our engine with policy':<50}{'ours':>9}{'':>13}{'ratio of the means':>20}")
    candidates = {name: (lambda seed, name=name: create(name, seed=seed)) for name in names()}
    candidates["zeus 0.16.0 PruningGTSBatchSizeOptimizer"] = lambda seed: PublishedPruningGTS(seed=seed, verbose=False)
    for name, make in candidates.items():
        times = [
            done[0] * 1e6
            for job in traces.jobs
            for seed in range(options.seeds)
            if (done := timed(ours(traces, make(seed), seed), job, options.recurrences))
        ]
        us = statistics.mean(times)
        print(f"{name:<50}{us:>9.1f}{'':>13}{their_us / us:>19.0f}x")


if __name__ == "__main__":
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")  # the published simulator divides by variances of zero
        main()
