"""A driver, workers on nodes, and a queue: a discrete-event simulation of who waits for whom.

Cells wait in a queue. The driver hands them out in chunks of about a second of work, one after the other, reads back
what each wrote, and takes note of each cell that ended; while it does one thing, others wait. Each node has a worker a
core. For Slurm, cells are dealt out beforehand, a job for each worker.
"""

from __future__ import annotations

import heapq
import itertools
import math

import numpy as np

__all__ = ["CHUNK_S", "chunks_of", "shards_of", "simulate", "useful_nodes"]

#: Work of a chunk [s], as sweeps aim at it.
CHUNK_S = 1.0
#: Cells of the first chunks, and how many times as many a chunk may have as the largest before it.
FIRST, GROWTH = 4, 8
#: Chunks that are handed to each worker at a time, so that it finds its next one when it is done with one.
AHEAD = 2


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
        What the driver does for each cell: handing out, reading back, taking note; one number, or shape (n_cells,).
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
    chunks = chunks_of(seconds, workers)
    queues = _dealt(seconds, workers) if dealt else None
    own_s = np.broadcast_to(driver_cell_s, seconds.shape)
    begun_s = plan_s + start_s
    free_s, driver_s = begun_s, 0.0  # when the driver is done with what it does, and all that it did
    ready_s = [begun_s + worker_start_s] * workers
    reports = []  # when chunks end, of which worker, and what the driver has to do then

    def give(worker, chunk, handed_s):
        cells, work_s = chunk
        ready_s[worker] = max(ready_s[worker], handed_s) + work_s
        heapq.heappush(reports, (ready_s[worker], worker, float(own_s[cells].sum())))

    if queues is not None:
        for worker, pieces in enumerate(queues):
            for piece in pieces:
                give(worker, piece, begun_s)
    waiting = iter([] if dealt else chunks)
    for worker, chunk in zip([*range(workers)] * AHEAD * (not dealt), waiting, strict=False):
        give(worker, chunk, begun_s)
    while reports:
        when_s, worker, note_s = heapq.heappop(reports)
        free_s = max(free_s, when_s) + note_s
        driver_s += note_s
        if (chunk := next(waiting, None)) is not None:
            give(worker, chunk, free_s)
    wall_s = free_s + end_s
    after_s = max(wall_s - plan_s, 1e-12)
    return {
        "wall_s": wall_s,
        "driver_busy": driver_s / after_s,
        "workers_busy": float(np.sum(seconds)) / (after_s * workers),
    }


def _dealt(seconds, workers):
    """Deal cells out beforehand, as many each, in pieces of about a second, after which a shard is written."""
    each = math.ceil(len(seconds) / workers)
    queues = []
    for first in range(0, len(seconds), each):
        last = min(first + each, len(seconds))
        pieces, begun, work_s = [], first, 0.0
        for place in range(first, last):
            work_s += float(seconds[place])
            if work_s >= CHUNK_S or place == last - 1:
                pieces.append((slice(begun, place + 1), work_s))
                begun, work_s = place + 1, 0.0
        queues.append(pieces)
    return queues


def chunks_of(seconds, workers):
    """Put cells together as the driver does: it knows what cells take on average, and not what the next one takes.

    The first chunks have `FIRST` cells. Then a chunk is about a second of work, at most `GROWTH` times as many cells as
    any before, and at most a part of what is left: half of it is shared out evenly, `AHEAD` chunks for each worker.

    Returns
    -------
    list of (slice, float)
        Of each chunk which cells it has, and their work [s].
    """
    seconds = np.asarray(seconds, float)
    before_s = np.concatenate([[0.0], np.cumsum(seconds)])
    usual = max(1, int(CHUNK_S / max(float(seconds.mean()), 1e-6)))
    chunks, first, tried, slots = [], 0, FIRST, AHEAD * workers
    while first < len(seconds):
        share = math.ceil((len(seconds) - first) / (2 * slots))
        cells = max(1, min(usual if len(chunks) >= slots else FIRST, GROWTH * tried, share))
        chunks.append((slice(first, first + cells), float(before_s[first + cells] - before_s[first])))
        tried = max(tried, cells)
        first += cells
    return chunks


def shards_of(chunks):
    """Count shards: a chunk writes one about every second, and one at its end."""
    return sum(1 + int(work_s / CHUNK_S) for _, work_s in chunks)


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
