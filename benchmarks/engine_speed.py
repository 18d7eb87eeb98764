"""Time the vectorized engine beside the event engine, the published simulator, and numpy's own random numbers.

Prints, from one run of this program: microseconds per run (per history row) of all three, job by job, on one core and
on all, and the floor below which no replay comes, that is numpy's bulk calls for the same number of draws; how cost
grows with cores, seeds and recurrences; what first and later uses take; the memory of a million replays; and which of
the aims are met. Everything is timed in turns, so that a machine that slows down slows down all of it, and medians
over the rounds count. The published simulator must give the same histories, or nothing is compared.

    python benchmarks/engine_speed.py [--traces DIR] [--gpu v100] [--recurrences 150 1000] [--rounds 5] [--quick]

The policy is Pruning Gaussian Thompson sampling with just-in-time power limits, eta 0.5, beta 2, published draws.
Without --traces it takes the published traces from ../shared where they are, otherwise the bundled synthetic ones.
The published simulator is the PyPI package zeus 0.16.0, in the extra "test"; it uses a single core.
"""

from __future__ import annotations

import argparse
import statistics

from speed import machine
from speed.growth import print_growth
from speed.published import add_options, describe, source_of
from speed.scenarios import PARTS
from speed.times import measure_million, measure_uses, middle, time_job

import simulator
from simulator.replay.choice import usable_cores

__all__ = ["PARTS", "main"]

#: Aims: how many times the published simulator's speed a core reaches, how many times the floor it takes at most for so
#: many recurrences, how much faster four cores are than one; seconds, GiB.
TIMES_PUBLISHED = 20_000
TIMES_FLOOR = {150: 3, 1000: 5}
TIMES_ONE_CORE, ON_CORES = 3.2, 4
FIRST_USE_S, LATER_USE_S = 5, 0.5
MILLION_GIB = 4

#: What is timed of a process.
_SECONDS = ("replay_s", "import_s", "read_s", "process_s")


def print_times(traces, *, recurrences, runs, rounds):
    """Print the table of one number of recurrences; returns its last row, the mean."""
    cores = f"{usable_cores()} cores"
    print(f"\nus per run, {recurrences:,} recurrences{'times zeus':>42}{'times':>23}")
    names = ("1 core", cores, "event", "zeus", "floor", "1 core", cores, "floor")
    print(f"{'job':<26}" + "".join(f"{name:>9}" for name in names))
    rows = []
    for job in traces.jobs:
        rows.append(middle(time_job(job, traces, recurrences=recurrences, runs=runs, rounds=rounds)))
        print_row(f"{job.dataset} {job.network}", rows[-1])
    mean = middle(rows, statistics.mean)
    print_row("mean", mean)
    return mean


def print_row(name, times):
    """Print microseconds and ratios."""
    per_core, on_all, to_floor = times.ratios
    print(
        f"{name:<26.26}{times.one_core:>9.3f}{times.all_cores:>9.3f}{times.event:>9.1f}{times.published:>9.0f}"
        f"{times.floor:>9.3f}{per_core:>9,.0f}{on_all:>9,.0f}{to_floor:>9.2f}"
    )


def print_uses(source, gpu, rounds):
    """Print what a user waits for at first and later; returns both in seconds."""
    small, first, later = measure_uses(source, gpu, rounds)
    print("\nseconds, each in a process of its own      replay   import   traces  process")
    print_use("first use, nothing compiled, 1,000 x 100", first)
    for line in first["said"]:
        print(f"  it says: {line}")
    usual = {name: statistics.median(use[name] for use in later) for name in _SECONDS}
    print_use("later uses, the same", usual)
    print_use(f"nothing compiled, 10 x 100: {small['engine']}", small)
    return first["replay_s"], usual["replay_s"]


def print_use(name, use):
    """Print the seconds of a use."""
    print(f"{name:<41}{use['replay_s']:>8.2f}" + "".join(f"{use[part]:>9.2f}" for part in _SECONDS[1:]))


def print_million(source, gpu):
    """Print what a million seeds take; returns the peak of memory in GiB."""
    use = measure_million(source, gpu)
    print(f"\n1,000,000 seeds x 100, one row a replay: {use['replay_s']:.1f} s, peak {use['peak_gib']:.2f} GiB")
    return use["peak_gib"]


def print_aims(aims):
    """Print what was aimed at and what came out; each aim is a name, a comparison, the aim, and what was measured."""
    print(f"\n{'aim':<44}{'measured':>10}")
    for name, relation, aim, measured in aims:
        met = measured >= aim if relation == ">=" else measured <= aim
        print(f"{f'{name} {relation} {aim:,}':<44}{measured:>10,.2f}  {'met' if met else 'missed'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_options(parser)
    parser.add_argument("--recurrences", type=int, nargs="+", default=[150, 1000])
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is timed")
    parser.add_argument("--runs", type=int, default=1_500_000, help="runs of a vectorized replay that is timed")
    parser.add_argument("--quick", action="store_true", help="leave out the million replays")
    options = parser.parse_args()
    source = source_of(options.traces)
    traces = simulator.read_traces(source, gpu=options.gpu)
    print(f"{describe(traces)}; {options.rounds} rounds")
    print(f"{machine.facts()}; load {machine.load()}")

    aims = []
    for recurrences in options.recurrences:
        mean = print_times(traces, recurrences=recurrences, runs=options.runs, rounds=options.rounds)
        per_core, _, to_floor = mean.ratios
        aims.append((f"times zeus per core, {recurrences:,} recurrences", ">=", TIMES_PUBLISHED, per_core))
        if recurrences in TIMES_FLOOR:
            aims.append((f"times floor, {recurrences:,} recurrences", "<=", TIMES_FLOOR[recurrences], to_floor))
    n_seeds = max(1, options.runs // 150)
    faster = print_growth(traces.jobs[0], traces, n_seeds=n_seeds, rounds=options.rounds, cores=usable_cores())
    if usable_cores() == ON_CORES:
        aims.append((f"times faster on {ON_CORES} cores than on 1", ">=", TIMES_ONE_CORE, faster))
    first_s, later_s = print_uses(source, options.gpu, options.rounds)
    aims += [("first use [s]", "<=", FIRST_USE_S, first_s), ("later use [s]", "<=", LATER_USE_S, later_s)]
    if not options.quick:
        peak_gib = print_million(source, options.gpu)
        aims.append(("a million replays [GiB]", "<=", MILLION_GIB, peak_gib))
    print_aims(aims)
    print(f"\nload {machine.load()}")


if __name__ == "__main__":
    main()
