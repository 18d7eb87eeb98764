"""Starts sweeps in processes of their own, and single replays, and hands back what they measured."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from sweeps.fresh import in_fresh_process

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))  # a Slurm of one machine lives with the tests

from slurm import Slurm, why_not

import simulator

__all__ = ["POLICY", "TRACES", "cluster", "empty_folder", "sweep", "time_replay", "time_writing", "why_no_slurm"]

#: Who decides, on which recorded jobs: the bundled SYNTHETIC traces, so that every machine can measure the same.
POLICY, TRACES = "pruning-gts", "@v100"


def why_no_slurm():
    """Say why no Slurm can be started here; empty if one can."""
    return why_not() or ""


@contextmanager
def cluster(cpus):
    """Start a Slurm of this machine with so many jobs at once, which stand for nodes of one core; all see it."""
    with Slurm(cpus=cpus) as started, mock.patch.dict(os.environ, started.environment):
        yield started


@contextmanager
def empty_folder():
    """Make a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="year-") as name:
        yield Path(name)


def sweep(folder, blocks=(), *, workers, trivial=None, executor="pool", slurm=None, again=False):
    """Run a sweep in an empty folder, or again in the one where it ran; returns what it told."""
    folder = Path(folder)
    if not again:
        shutil.rmtree(folder, ignore_errors=True)
    words = {"folder": str(folder), "workers": workers, "executor": executor, "slurm": slurm}
    words |= {"traces": TRACES, "policy": POLICY, "detail": "runs"}
    words |= {"blocks": [[str(block.file), block.job] for block in blocks]} if trivial is None else {"trivial": trivial}
    return in_fresh_process("../scale_of_a_year/sweep.py", **words)


def time_replay(block, *, engine):
    """Time a block on one core by one engine; returns seconds, the CPU's seconds, and the runs."""
    traces = simulator.read_traces(gpu="v100")
    begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
    runs = simulator.replay(
        traces.jobs[block.job],
        traces,
        policy=POLICY,
        seeds=0,
        groups=block.file,
        draws="keyed",
        engine=engine,
        workers=1,
        on_failure="keep",
    )
    return time.perf_counter() - begun_s, time.process_time() - begun_cpu_s, runs


def time_writing(runs, folder):
    """Time writing a table of runs as `simulator.replay.to_parquet` does; returns CPU seconds, and the file's bytes."""
    file = Path(folder) / "runs.parquet"
    begun_s = time.process_time()
    runs.to_parquet(file, compression="zstd", index=False)
    return time.process_time() - begun_s, file.stat().st_size
