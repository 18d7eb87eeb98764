"""One replay in a process of its own, as a user meets it: import, traces, replay; with compiled code cached or not.

    python benchmarks/speed/fresh.py '{"traces": null, "gpu": "v100", "engine": "vectorized", "n_seeds": 9,
    "recurrences": 150}'

prints what it measured as JSON: seconds, peak memory [GiB], and the engine that ran.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path


def in_fresh_process(cache, **asked):
    """Run this file; returns what it measured, with ``process_s``, from its start to its end, and ``said``, its log."""
    start = time.perf_counter()
    environment = {**os.environ, "SIMULATOR_CACHE_DIR": str(cache)}
    command = [sys.executable, __file__, json.dumps(asked)]
    done = subprocess.run(  # noqa: S603  (this very file)
        command, env=environment, capture_output=True, text=True, check=False
    )
    process_s = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr)
    return {**json.loads(done.stdout), "process_s": process_s, "said": done.stderr.splitlines()}


def main():
    """Replay the first job."""
    asked = json.loads(sys.argv[1])
    start = time.perf_counter()
    import simulator

    imported = time.perf_counter()
    traces = simulator.read_traces(asked["traces"] and Path(asked["traces"]), gpu=asked["gpu"])
    read = time.perf_counter()
    result = simulator.replay(
        traces.jobs[0],
        traces,
        policy="pruning-gts",
        seeds=range(asked["n_seeds"]),
        recurrences=asked["recurrences"],
        engine=asked["engine"],
        detail="replays",
    )
    replayed = time.perf_counter()
    # After exec, Linux starts the peak from that of the process which started this one; that one is small.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    measured = {
        "import_s": imported - start,
        "read_s": read - imported,
        "replay_s": replayed - read,
        "peak_gib": peak / 2**30,
        "runs": int(result["runs"].sum()),
        "engine": result.attrs["manifest"]["knobs"]["engine"],
    }
    json.dump(measured, sys.stdout)


if __name__ == "__main__":
    main()
