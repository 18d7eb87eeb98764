"""Kills a sweep with all its processes, starts it again, and sees how long it takes until the first cell begins."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sweeps.fresh import start


def restart(folder, *, n, workers, slow):
    """Kill a sweep once it has results, and run it again to its end.

    Parameters
    ----------
    folder
        Where it goes.
    n, workers
        How many cells, and processes.
    slow
        Whether cells take 5 ms each; few others would be done before they are killed.

    Returns
    -------
    dict
        ``restart_s``: from the start of the process to the first cell; ``total_s``: to its end; ``kept``: cells that
        had a result when it was killed.
    """
    words = {"folder": str(folder), "n": n, "workers": workers, "slow": slow}
    process = start("ours.py", **words)
    while not shards(folder) and process.poll() is None:
        time.sleep(0.02)
    if process.poll() is not None:
        raise SystemExit(f"it ended before it could be killed; give more cells: {process.communicate()[1]}")
    time.sleep(0 if slow else n * 2e-5)  # somewhere in the middle
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = shards(folder)
    kept = sum(outcome.done for shard in before for outcome in outcomes(shard))
    begun = time.time()
    process = start("ours.py", **words)
    _, messages = process.communicate()
    total = time.time() - begun
    if process.returncode:
        raise SystemExit(messages)
    after = [outcome for shard in shards(folder) - before for outcome in outcomes(shard)]
    done = kept + sum(outcome.done for outcome in after)
    if done != n:
        raise SystemExit(f"{done} results of {n} cells")
    first = min(outcome.started_s for outcome in after)
    return {"restart_s": first - begun, "total_s": total, "kept": kept}


def shards(folder):
    """Whole shards."""
    return set(Path(folder).glob("shards/*.parquet"))


def outcomes(shard):
    """Read what a shard tells of its cells."""
    from simulator.explore.shards import read_outcomes

    return read_outcomes(shard)
