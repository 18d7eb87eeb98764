"""The published simulator, PyPI package zeus 0.16.0, made ready to be timed; and the traces that both sides read."""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from zeus._legacy.job import Job as PublishedJob
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS
from zeus._legacy.simulate import Simulator as PublishedSimulator

import simulator

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "zeus-nsdi23"
KNOBS = {"beta_knob": 2.0, "eta_knob": 0.5}
#: What ratios are measured against.
ZEUS = f"zeus {version('zeus')}"


def add_options(parser):
    """Let a benchmark be told which traces to read."""
    parser.add_argument("--traces", type=Path, help="default: the published ones from ../shared, else the bundled ones")
    parser.add_argument("--gpu", default="v100")


def source_of(asked):
    """Find the traces: those asked for, else the published ones; None where they are not: the bundled ones."""
    return asked or (SHARED if SHARED.is_dir() else None)


def describe(traces):
    """Say which traces these are."""
    return f"{'synthetic traces' if traces.synthetic else 'traces'} {traces.name}, {traces.gpu}"


def published(traces, seed):
    """Make the published simulator with its own policies."""
    return PublishedSimulator(
        traces.train, traces.power, published_policy(seed), PublishedJIT(False), seed=seed, verbose=False
    )


def published_policy(seed):
    """Make the published batch size policy."""
    return PublishedPruningGTS(seed=seed, verbose=False)


def published_job(job):
    """Say a job in the published simulator's words."""
    return PublishedJob(**{name: value for name, value in asdict(job).items() if name != "higher_is_better"})


def ours(traces, policy, seed):
    """Make our engine behind the published interface."""
    power_policy = simulator.policy.JITPowerLimitOptimizer(verbose=False)
    return simulator.Simulator(traces.train, traces.power, policy, power_policy, seed=seed, verbose=False)


def timed(replay, job, recurrences):
    """Time one replay: (seconds per run, history). A replay that does not converge counts for nothing.

    A first short replay goes untimed: ours makes the job's table then, once for all replays.
    """
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the published one divides by variances of zero, and prints, whatever it is told
        try:
            replay.simulate_one_job(job, 1, **KNOBS)
            start = time.perf_counter()
            history = replay.simulate_one_job(job, recurrences, **KNOBS)
            return (time.perf_counter() - start) / len(history), [tuple(asdict(run).values()) for run in history]
        except RuntimeError:
            return None
