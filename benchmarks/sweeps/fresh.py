"""Starts each side in a process of its own, so that nobody pays for the other's imports, caches or memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

__all__ = ["asked", "in_fresh_process", "peak_mib", "start", "tell"]

BENCHMARKS = Path(__file__).resolve().parents[1]
REPOSITORY = BENCHMARKS.parent


def start(script, python=sys.executable, **words):
    """Start one of the scripts here with words as JSON, in a session of its own, so that all of it can be killed."""
    places = [str(BENCHMARKS), str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603  # a script of this folder
        [str(python), str(BENCHMARKS / "sweeps" / script), json.dumps(words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def in_fresh_process(script, python=sys.executable, **words):
    """Run one of the scripts here to its end; returns what it measured."""
    with start(script, python, **words) as process:
        output, messages = process.communicate()
    if process.returncode:
        raise SystemExit(f"{script} {words}:\n{messages}")
    return json.loads(output.splitlines()[-1])


def asked():
    """Read the words that a script was started with."""
    return json.loads(sys.argv[1])


def tell(**measured):
    """Hand over what a script measured, as the last line of its output."""
    print(json.dumps(measured))


def peak_mib():
    """Most memory that this process, without those it started, ever had [MiB].

    After exec, Linux starts the peak from that of the process which started this one; that one is small.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
