"""A driver, workers on nodes, and a queue: a discrete-event simulation of who waits for whom.

Cells wait in a queue. The driver hands them out in chunks of about a second of work, one after the other, and takes
note of each cell that ended; while it does one thing, others wait. Each node has a worker a core. For Slurm, cells are
dealt out beforehand, a job for each worker.
"""

from __future__ import annotations

import heapq
import itertools
import math

import numpy as np

__all__ = ["CHUNK_S", "chunks_of", "simulate", "useful_nodes"]

#: Work of a chunk [s], as sweeps aim at it.
CHUNK_S = 1.0


def simulate(seconds, workers, *, plan_s, driver_cell_s, start_s=0.0, worker_start_s=0.0, end_s=0.0, dealt=False):
    """Play a sweep.

    Parameters
    ----------
    seconds
        Work of each cell, in the order in which they are handed out; shape (n_cells,).
    workers
        How many there are.
    plan_s
        What the driver does before anything runs.
    driver_cell_s
        What the driver does for each cell: handing out, taking note.
    start_s
        From the end of planning until workers are there.
    worker_start_s
        What each worker does before its first cell.
    end_s
        From the driver's note of the last cell to its end.
    dealt
        Whether each worker gets an equal number of cells beforehand, as jobs of Slurm do.

    Returns
    -------
    dict
        ``wall_s``: until the driver has noted the last cell; ``driver_busy``: the share of the time after planning in
        which it was; ``workers_busy``: likewise, of all workers.
    """
    seconds = np.asarray(seconds, float)
    chunks = _dealt(seconds, workers) if dealt else chunks_of(seconds, workers)
    free_s = plan_s  # when the driver is done with what it does
    driver_s, noted_s = 0.0, plan_s + start_s
    # What the driver is asked: when, and how many cells have ended with it; a worker that is there wants its first.
    asked = [(plan_s + start_s, worker, 0, True) for worker in range(min(workers, len(chunks)))]
    heapq.heapify(asked)
    given = 0
    while asked:
        when_s, worker, cells, first = heapq.heappop(asked)
        own_s = cells * driver_cell_s
        free_s = max(free_s, when_s) + own_s
        driver_s += own_s
        noted_s = max(noted_s, free_s)
        if given < len(chunks):
            cells, work_s = chunks[given]
            given += 1
            heapq.heappush(asked, (free_s + work_s + first * worker_start_s, worker, cells, False))
    wall_s = max(noted_s, free_s) + end_s
    after_s = max(wall_s - plan_s, 1e-12)
    return {
        "wall_s": wall_s,
        "driver_busy": driver_s / after_s,
        "workers_busy": float(np.sum(seconds)) / (after_s * workers),
    }


def _dealt(seconds, workers):
    """Deal cells out beforehand, as many each."""
    each = math.ceil(len(seconds) / workers)
    parts = [seconds[first : first + each] for first in range(0, len(seconds), each)]
    return [(len(part), float(part.sum())) for part in parts]


def chunks_of(seconds, workers):
    """Put cells together as the driver does: about a second of work, and no more than half of a worker's share.

    Returns
    -------
    list of (int, float)
        Of each chunk how many cells it has, and their work [s].
    """
    chunks, first = [], 0
    seconds = np.asarray(seconds, float).tolist()
    while first < len(seconds):
        most = max(1, math.ceil((len(seconds) - first) / (2 * workers)))
        last, work_s = first, 0.0
        while last < len(seconds) and last - first < most and (last == first or work_s + seconds[last] <= CHUNK_S):
            work_s += seconds[last]
            last += 1
        chunks.append((last - first, work_s))
        first = last
    return chunks


def useful_nodes(seconds, cores, nodes, **words):
    """Play sweeps on more and more nodes.

    Returns
    -------
    rows : list of dict
        What `simulate` returns for each number of nodes, with ``nodes`` and ``speedup`` over the first.
    last : int
        The number of nodes after which the next step brings less than half of what it could.
    """
    rows = [{"nodes": n, **simulate(seconds, n * cores, **words)} for n in nodes]
    for row in rows:
        row["speedup"] = rows[0]["wall_s"] / row["wall_s"]
    last = rows[0]["nodes"]
    for before, row in itertools.pairwise(rows):
        possible = row["nodes"] / before["nodes"] - 1
        if before["wall_s"] / row["wall_s"] - 1 < possible / 2:
            break
        last = row["nodes"]
    return rows, last
