"""What a sweep of any size costs, by a formula for each term, with intervals from the repeats of what was measured."""

from __future__ import annotations

import statistics
from typing import NamedTuple

import numpy as np

from scale_of_a_year.waiting import CHUNK_S, chunks_of, shards_of

__all__ = [
    "TERMS",
    "cell_seconds",
    "driver_seconds",
    "intervals",
    "largest_uncertainty",
    "medians",
    "planning_s",
    "predict",
    "starting",
]

#: Costs that were fitted to the same measurements: their repeats belong together.
TOGETHER = ("cell_s", "cell_group_s", "cell_run_s", "worker_start_s", "crowding")

#: What is told of a sweep: its formula, in words, and its unit. c: cells, g: groups, r: runs, w: workers.
TERMS = {
    "wall_s": ("plan + start + worker_start + max(work / w, driver) + last cell + end", "s"),
    "plan_s": ("c x plan_cell_s + r x plan_run_s", "s"),
    "work_s": ("crowding x (c x cell_s + g x cell_group_s + r x (cell_run_s + write_run_s)) + w x worker_start", "s"),
    "driver_s": ("c x driver_cell_s + r x driver_run_s", "s"),
    "serial_s": ("plan + start + worker_start + driver + end: no number of workers makes it shorter", "s"),
    "cpu_s": ("driver_start_cpu_s + plan + work + driver", "s"),
    "result_bytes": ("r x shard_run_bytes", "bytes"),
    "input_bytes": ("r x submission_bytes", "bytes"),
    "ledger_bytes": ("ledger_start_bytes + c x ledger_bytes", "bytes"),
    "shards": (
        "one a chunk and one more each second; a chunk is 1 s of usual cells, at most a quarter of a worker's share",
        "files",
    ),
    "driver_memory_bytes": ("driver_bytes + c x driver_cell_bytes", "bytes"),
    "worker_memory_bytes": (
        "worker_bytes + runs of the largest cell x worker_run_bytes + runs of a second x waiting_run_bytes",
        "bytes",
    ),
    "energy_j": ("power_w x wall", "J"),
}


def medians(costs):
    """Take the median of each cost's repeats."""
    return {name: statistics.median(of) for name, of in costs.items()}


class Counts(NamedTuple):
    """Groups and runs of each cell; each of shape (n_cells,)."""

    groups: np.ndarray
    runs: np.ndarray


def counted(blocks):
    """Count what is in each cell; what is counted already stays as it is, so that many draws count once."""
    if isinstance(blocks, Counts):
        return blocks
    return Counts(*np.array([[block.groups, block.runs] for block in blocks], float).T)


def crowded(costs, workers, cores):
    """Say how many times as long cells take when so many of a machine's cores have a worker."""
    return 1 + (costs["crowding"] - 1) * (min(workers, cores) - 1) / max(cores - 1, 1)


def cell_seconds(costs, blocks, *, workers, cores):
    """Work of each cell [s]: its groups, its runs, and writing them, on a machine with so many workers."""
    groups, runs = counted(blocks)
    alone = costs["cell_s"] + groups * costs["cell_group_s"] + runs * (costs["cell_run_s"] + costs["write_run_s"])
    return alone * crowded(costs, workers, cores)


def planning_s(costs, blocks):
    """Work of the driver before anything runs [s]: it reads files whole, since ids are made of their content."""
    runs = counted(blocks).runs
    return len(runs) * costs["plan_cell_s"] + float(runs.sum()) * costs["plan_run_s"]


def driver_seconds(costs, blocks):
    """Work of the driver for each cell that ends [s]: taking note, and reading its rows to see that they are whole."""
    return costs["driver_cell_s"] + counted(blocks).runs * costs["driver_run_s"]


def starting(costs, *, slurm):
    """Say what lies between planning and the first cell, what a worker does once, and what comes at the end [s]."""
    if slurm:
        first_s = costs["start_s"] + costs["slurm_start_s"]
        return {"start_s": first_s, "worker_start_s": costs["slurm_worker_start_s"], "end_s": costs["slurm_end_s"]}
    return {name: costs[name] for name in ("start_s", "worker_start_s", "end_s")}


def predict(costs, blocks, *, workers, cores, slurm=False):
    """Lay out every term of `TERMS` for one value of each cost.

    Parameters
    ----------
    costs
        One number for each cost.
    blocks
        What the cells are.
    workers
        How many there are.
    cores
        How many cores a machine has.
    slurm
        Whether workers are jobs of Slurm.
    """
    blocks = counted(blocks)
    cells, runs = len(blocks.runs), float(blocks.runs.sum())
    seconds = cell_seconds(costs, blocks, workers=workers, cores=cores)
    cells_s, plan_s = float(seconds.sum()), planning_s(costs, blocks)
    driver_s = float(driver_seconds(costs, blocks).sum())
    once = starting(costs, slurm=slurm)
    work_s = cells_s + workers * once["worker_start_s"]
    around_s = plan_s + sum(once.values())
    wall_s = around_s + max(cells_s / workers, driver_s) + float(seconds.max()) * (workers > 1)
    told = {
        "wall_s": wall_s,
        "plan_s": plan_s,
        "work_s": work_s,
        "driver_s": driver_s,
        "serial_s": around_s + driver_s,
        "cpu_s": costs["driver_start_cpu_s"] + plan_s + work_s + driver_s,
        "result_bytes": runs * costs["shard_run_bytes"],
        "input_bytes": runs * costs["submission_bytes"],
        "ledger_bytes": costs["ledger_start_bytes"] + cells * costs["ledger_bytes"],
        "shards": _shards(seconds, workers, slurm=slurm),
        "driver_memory_bytes": costs["driver_bytes"] + cells * costs["driver_cell_bytes"],
        "worker_memory_bytes": costs["worker_bytes"]
        + float(blocks.runs.max()) * costs["worker_run_bytes"]
        + runs * min(1.0, CHUNK_S / max(cells_s, 1e-9)) * costs["waiting_run_bytes"],
    }
    if "power_w" in costs:
        told["energy_j"] = wall_s * costs["power_w"]
    return told


def _shards(seconds, workers, *, slurm):
    """Count shards: one a chunk; a job of Slurm writes one about every second, and one at its end."""
    if slurm:
        return min(len(seconds), workers * (1 + int(float(seconds.sum()) / workers / CHUNK_S)))
    return shards_of(chunks_of(seconds, workers))


def intervals(costs, blocks, *, draws=200, seed=0, **words):
    """Predict with costs drawn from their repeats, those fitted together drawn together.

    Returns
    -------
    dict of str to (float, float, float)
        Of each term the value at the medians, and the 5th and 95th percentile over the draws.
    """
    chance, blocks = np.random.default_rng(seed), counted(blocks)
    middle = predict(medians(costs), blocks, **words)
    drawn = [predict(_draw(costs, chance), blocks, **words) for _ in range(draws)]
    ends = {name: np.percentile([one[name] for one in drawn], [5, 95]).tolist() for name in middle}
    return {name: (value, *ends[name]) for name, value in middle.items()}


def _draw(costs, chance):
    together = chance.integers(len(costs["cell_s"]))
    return {name: of[together if name in TOGETHER else chance.integers(len(of))] for name, of in costs.items()}


def largest_uncertainty(costs, blocks, *, term="wall_s", **words):
    """Find the cost whose repeats move a term most, the others at their medians; its name, and the share it moves."""
    middle, blocks = medians(costs), counted(blocks)
    usual = predict(middle, blocks, **words)[term]
    moved = {}
    for name in {name: None for name in costs if name not in TOGETHER[1:]}:
        if name == TOGETHER[0]:
            repeats = [{key: costs[key][n] for key in TOGETHER} for n in range(len(costs[name]))]
        else:
            repeats = [{name: value} for value in costs[name]]
        found = [predict(middle | one, blocks, **words)[term] for one in repeats]
        moved["what cells take (cell_s, cell_group_s, cell_run_s, crowding)" if name == TOGETHER[0] else name] = (
            max(found) - min(found)
        ) / usual
    return max(moved.items(), key=lambda item: item[1])
