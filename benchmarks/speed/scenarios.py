"""What ``python -m benchmarks`` measures of the engines: figures with spreads instead of a printed table."""

from __future__ import annotations

import statistics
from functools import partial

from suite.measured import of_rounds

import simulator
from simulator.replay.choice import usable_cores
from speed.growth import cores_in_turns
from speed.published import ZEUS, source_of
from speed.times import measure_million, measure_uses, middle, time_job

__all__ = ["PARTS"]


def measurements_of_times(recurrences, *, quick):
    """Measure all sides on every job; the ratios of a round are those of the means over the jobs."""
    source = source_of(None)
    traces = simulator.read_traces(source, gpu="v100")
    runs, rounds = (300_000, 2) if quick else (1_500_000, 5)
    jobs = [time_job(job, traces, recurrences=recurrences, runs=runs, rounds=rounds) for job in traces.jobs]
    means = [middle(rows, statistics.mean) for rows in zip(*jobs, strict=True)]
    what = {"traces": traces.name, "gpu": traces.gpu, "recurrences": recurrences, "runs": runs}
    one, every, floor = zip(*(mean.ratios for mean in means), strict=True)
    events = [mean.published / mean.event for mean in means]
    yield of_rounds(f"engine/thompson-{recurrences}-vs-zeus", one, against=ZEUS, **what)
    cores = {**what, "cores": usable_cores()}
    yield of_rounds(f"engine/thompson-{recurrences}-all-cores-vs-zeus", every, against=ZEUS, **cores)
    yield of_rounds(f"engine/event-{recurrences}-vs-zeus", events, against=ZEUS, **what)
    yield of_rounds(f"engine/thompson-{recurrences}-vs-floor", floor, against="numpy's bulk calls", **what)


def measurements_of_growth(*, quick):
    """Measure one core and all in turns."""
    traces = simulator.read_traces(source_of(None), gpu="v100")
    n_seeds, rounds, cores = 5_000 if quick else 100_000, 2 if quick else 5, usable_cores()
    rows = cores_in_turns(traces.jobs[0], traces, n_seeds=n_seeds, rounds=rounds, cores=cores)
    what = {"traces": traces.name, "gpu": traces.gpu, "seeds": n_seeds, "cores": cores}
    yield of_rounds("engine/cores-speedup", [row[0] / row[-1] for row in rows], against="itself on one core", **what)


def measurements_of_uses(*, quick):
    """Measure first and later uses in fresh processes."""
    small, first, later = measure_uses(source_of(None), "v100", 2 if quick else 5)
    yield of_rounds("engine/first-use", [first["replay_s"]], seeds=1000, recurrences=100)
    yield of_rounds("engine/later-use", [use["replay_s"] for use in later], seeds=1000, recurrences=100)
    yield of_rounds("engine/small-first-use", [small["replay_s"]], seeds=10, recurrences=100)


def measurements_of_million(*, quick):
    """Measure a million replays; in a hurry a twentieth of them."""
    n_seeds = 50_000 if quick else 1_000_000
    uses = [measure_million(source_of(None), "v100", n_seeds) for _ in range(1 if quick else 3)]
    what = {"seeds": n_seeds, "recurrences": 100, "cores": usable_cores()}
    yield of_rounds("engine/million-replays-memory", [use["peak_gib"] for use in uses], **what)
    yield of_rounds("engine/million-replays-time", [use["replay_s"] for use in uses], **what)


#: What ``python -m benchmarks`` measures, each a generator of measurements.
PARTS = {
    "150": partial(measurements_of_times, 150),
    "1000": partial(measurements_of_times, 1000),
    "growth": measurements_of_growth,
    "uses": measurements_of_uses,
    "million": measurements_of_million,
}
