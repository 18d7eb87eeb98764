"""What each step of a sweep costs on this machine, from small measurements; none of them is of the size to be told.

Every cost is a list of repeats, so that what is made of them has an interval. Work is counted in CPU time, so that
other programs on the machine do not count; predictions are those of a machine that has nothing else to do.
"""

from __future__ import annotations

import hashlib
import statistics
import time

import numpy as np

import simulator
from scale_of_a_year.cluster import GROUPS_OF_A_CELL, Block, submissions, write_blocks
from scale_of_a_year.trial import cluster, empty_folder, sweep, time_replay, time_writing
from scale_of_a_year.waiting import CHUNK_S
from simulator.explore.shards import read_shard
from simulator.replay.choice import usable_cores

__all__ = ["MEANINGS", "measure_costs"]

#: What each cost is, and its unit.
MEANINGS = {
    "event_run_s": ("a run, event engine, its submission read", "s"),
    "vectorized_run_s": ("a run, vectorized engine, its submission read", "s"),
    "vectorized_group_s": ("a group, vectorized engine", "s"),
    "cell_s": ("a cell, whatever is in it, in a worker", "s"),
    "cell_group_s": ("a group, in a worker", "s"),
    "cell_run_s": ("a run, in a worker", "s"),
    "write_run_s": ("writing a run to a shard", "s"),
    "run_bytes": ("a run in one Parquet file (simulator.replay.to_parquet)", "bytes"),
    "shard_run_bytes": ("a run in the shards of a sweep", "bytes"),
    "submission_bytes": ("a submission that is read, on disk", "bytes"),
    "plan_cell_s": ("planning a cell: its id, opening its file, its line in the ledger", "s"),
    "plan_run_s": ("planning a submission: reading it for the digest of its file", "s"),
    "driver_cell_s": ("handing a cell out, and taking note of its end", "s"),
    "driver_run_s": ("reading a run back from a shard, in the driver, to see that it is whole", "s"),
    "driver_start_cpu_s": ("the driver's CPU time before any cell", "s"),
    "ledger_bytes": ("a cell in the ledger", "bytes"),
    "ledger_start_bytes": ("the ledger before any cell", "bytes"),
    "driver_cell_bytes": ("a cell in the driver's memory", "bytes"),
    "driver_bytes": ("the driver's memory, its cells aside, with shards of a second of work", "bytes"),
    "worker_bytes": ("a worker's memory after some cells, before any run", "bytes"),
    "worker_run_bytes": ("a run of its largest cell in a worker's memory", "bytes"),
    "waiting_run_bytes": ("a run of other cells in a worker's memory, whose results wait to be written", "bytes"),
    "start_s": ("from starting the driver to its first cell", "s"),
    "end_s": ("from the end of the last cell to that of the driver", "s"),
    "crowding": ("times as long a cell takes when every core has a worker", "times"),
    "worker_start_s": ("what a worker does once: imports, compiled code loaded, traces read", "s"),
    "slurm_start_s": ("from handing a job to Slurm to its first cell", "s"),
    "slurm_worker_start_s": ("what a job of Slurm does once: imports, compiled code loaded, traces read", "s"),
    "slurm_end_s": ("from the end of the last job's last cell to that of the driver", "s"),
    "power_w": ("power of the machine's CPUs meanwhile (RAPL)", "W"),
}

#: How often a time is taken that costs are fitted to; the least counts, since others can only make it longer.
TIMES = 2
#: Cells that follow one another in a worker whose memory is told, and submissions of each of 20 groups of them.
SEVERAL, FEW_OF_A_GROUP, MANY_OF_A_GROUP = 8, 30, 3_000

#: Groups and submissions of each of the cells that costs are fitted to.
DESIGN = ((1, 8_000), (1, 40_000), (8, 900), (8, 4_000), (20, 300), (20, 1_500), (40, 150), (40, 800))
QUICK_DESIGN = ((1, 6_000), (1, 20_000), (20, 300), (20, 700), (40, 150))


def measure_costs(*, quick, say, why_no_slurm=""):
    """Measure everything; returns the repeats of each cost, and why any is missing.

    Parameters
    ----------
    quick
        Few and small: shows that it runs.
    say
        Told what is measured now.
    why_no_slurm
        Why Slurm cannot be measured; empty if it can.

    Returns
    -------
    costs : dict of str to list of float
        See `MEANINGS`.
    missing : dict of str to str
        Why a cost was not measured.
    """
    repeats, design = (2, QUICK_DESIGN) if quick else (4, DESIGN)
    found = {name: [] for name in MEANINGS}
    with empty_folder() as folder:
        blocks = designed(folder, design)
        time_replay(blocks[0], engine="vectorized")  # compiles, or loads what was compiled
        for number in range(repeats):
            say(f"costs, repeat {number + 1} of {repeats}")
            _engines(found, blocks)
            _writing(found, blocks, folder)
            _cells(found, blocks, folder)
            _crowding(found, folder, usable_cores())
            _sweeps(found, folder, quick=quick)
            _large(found, folder, MANY_OF_A_GROUP // (6 if quick else 1))
    missing = {"slurm_start_s": why_no_slurm} if why_no_slurm else {}
    if not why_no_slurm:
        say("costs: starting jobs of Slurm")
        _slurm(found, repeats, design)
    if not found["power_w"]:
        missing["power_w"] = "nobody may read RAPL here"
    return {name: of for name, of in found.items() if of}, missing


def designed(folder, design):
    """Write cells of so many groups, each submitted so often."""
    chance, jobs = np.random.default_rng(7), simulator.read_traces(gpu="v100").jobs
    blocks = []
    for number, (groups, each) in enumerate(design):
        job = number % len(jobs)
        file = folder / f"designed-{number}-{groups}x{each}.parquet"
        submissions([each] * groups, jobs[job].dataset, chance).to_parquet(file, compression="zstd", index=False)
        blocks.append(Block(file, job, groups, groups * each))
    return blocks


def fit(seconds, *columns):
    """Fit costs that are not negative to seconds, by relative least squares."""
    from scipy.optimize import nnls

    seconds = np.asarray(seconds, float)
    return nnls(np.column_stack(columns) / seconds[:, None], np.ones_like(seconds))[0].tolist()


def _engines(found, blocks):
    """Fit both engines: seconds of a group and of a run."""
    groups, runs = np.array([block.groups for block in blocks]), np.array([block.runs for block in blocks])
    one = np.ones(len(blocks))
    event, vectorized = (
        [min(time_replay(block, engine=engine)[1] for _ in range(times)) for block in blocks]
        for engine, times in (("event", 1), ("vectorized", TIMES))
    )
    found["event_run_s"].append(fit(event, one, groups, runs)[2])
    _, group_s, run_s = fit(vectorized, one, groups, runs)
    found["vectorized_group_s"].append(group_s)
    found["vectorized_run_s"].append(run_s)


def _writing(found, blocks, folder):
    """Time what writing the runs of the largest block takes."""
    largest = max(blocks, key=lambda block: block.runs)
    _, _, runs = time_replay(largest, engine="vectorized")
    written_s, size = time_writing(runs, folder)
    found["write_run_s"].append(written_s / len(runs))
    found["submission_bytes"].append(largest.file.stat().st_size / largest.runs)
    found["run_bytes"].append(size / len(runs))


def _cells(found, blocks, folder):
    """Fit cells as a worker runs them, one after the other; the first also pays for what a worker does once."""
    order = sorted(range(len(blocks)), key=lambda place: -blocks[place].runs)
    ordered = [blocks[place] for place in order]
    several = [sweep(folder / "cells", ordered, workers=1) for _ in range(TIMES)]
    told = several[-1]
    first_s, *seconds = np.min([one["each_cpu_s"] for one in several], axis=0).tolist()
    rest = ordered[1:]
    costs = fit(seconds, np.ones(len(rest)), [block.groups for block in rest], [block.runs for block in rest])
    for name, value in zip(("cell_s", "cell_group_s", "cell_run_s"), costs, strict=True):
        found[name].append(value)
    usual_s = costs[0] + costs[1] * ordered[0].groups + costs[2] * ordered[0].runs
    found["worker_start_s"].append(max(first_s - usual_s, 0.0))
    found["start_s"].append(told["import_s"] + told["first_cell_s"])
    found["end_s"].append(told["end_s"])
    found["shard_run_bytes"].append(told["result_bytes"] / told["rows"])


def _crowding(found, folder, cores):
    """Run the same cells with one worker and with one a core; medians, since the first of a worker takes longer."""
    blocks = designed(folder, [(10, 2_000)] * (6 * cores))
    alone_s, crowded_s = (
        statistics.median(sweep(folder / f"crowd{n}", blocks, workers=n)["each_cpu_s"]) for n in (1, cores)
    )
    found["crowding"].append(max(crowded_s / alone_s, 1.0))


def _large(found, folder, many):
    """Measure what runs cost beside their replay: in the driver, in its memory, and in that of a worker."""
    n_few, n_many = (GROUPS_OF_A_CELL * each for each in (FEW_OF_A_GROUP, many))
    few, several = (designed(folder, [(GROUPS_OF_A_CELL, each)] * SEVERAL) for each in (FEW_OF_A_GROUP, many))
    (alone,) = designed(folder, [(1, n_many)])
    places = [folder / name for name in ("few", "several", "alone")]
    told = [sweep(place, blocks, workers=1) for place, blocks in zip(places, (few, several, [alone]), strict=True)]
    least, most, single = (one["worker_mib"] * 2**20 for one in told)
    each = max((single - least) / (n_many - n_few), 0.0)
    found["worker_run_bytes"].append(each)
    found["worker_bytes"].append(least - each * n_few)
    waiting = min(SEVERAL * n_many, told[1]["rows"] / told[1]["cells_s"] * CHUNK_S)
    found["waiting_run_bytes"].append(max(most - single, 0.0) / waiting)
    found["driver_bytes"].append(told[1]["driver_mib"] * 2**20)
    shards = sorted(places[1].glob("shards/*.parquet"))
    read_s = _least_cpu_s(lambda: [read_shard(places[1], shard) for shard in shards])
    found["driver_run_s"].append(read_s / told[1]["rows"])
    digest_s = _least_cpu_s(lambda: [hashlib.sha256(block.file.read_bytes()) for block in several])
    found["plan_run_s"].append(digest_s / (SEVERAL * n_many))


def _least_cpu_s(does):
    """Do something several times, and take the least CPU time [s]."""
    seconds = []
    for _ in range(TIMES):
        begun_s = time.process_time()
        does()
        seconds.append(time.process_time() - begun_s)
    return min(seconds)


def _sweeps(found, folder, *, quick):
    """Fit what a cell costs the driver, by sweeps of few and of many cells; those of files tell planning."""
    few, many = (200, 2_000) if quick else (500, 6_000)
    trivial = [sweep(folder / f"trivial{n}", trivial=n, workers=2) for n in (few, many)]
    more = many - few

    def slope(name):
        return max((trivial[1][name] - trivial[0][name]) / more, 0.0)

    found["driver_cell_bytes"].append(slope("driver_mib") * 2**20)
    again_s = [_planning(folder / f"trivial{n}", trivial=n) for n in (few, many)]
    plan_s = max((again_s[1] - again_s[0]) / more, 0.0)
    found["driver_cell_s"].append(max(slope("driver_cpu_s") - plan_s, 0.0))
    found["driver_start_cpu_s"].append(max(trivial[0]["driver_cpu_s"] - slope("driver_cpu_s") * few, 0.0))
    jobs = simulator.read_traces(gpu="v100").jobs
    of_files = 30 if quick else 100
    sizes = np.full(GROUPS_OF_A_CELL * of_files, 10)
    blocks = write_blocks(folder / "planned", sizes, jobs)
    told = [sweep(folder / f"files{n}", blocks[:n], workers=2) for n in (1, of_files)]
    again_s = [_planning(folder / f"files{n}", blocks[:n]) for n in (1, of_files)]
    planned_s = (again_s[1] - again_s[0]) / (of_files - 1)
    found["plan_cell_s"].append(max(planned_s, plan_s))
    ledger_bytes = (told[1]["ledger_bytes"] - told[0]["ledger_bytes"]) / (of_files - 1)
    found["ledger_bytes"].append(ledger_bytes)
    found["ledger_start_bytes"].append(told[0]["ledger_bytes"] - ledger_bytes)
    if told[1]["energy_j"] is not None:
        found["power_w"].append(told[1]["energy_j"] / told[1]["wall_s"])


def _planning(folder, blocks=(), **words):
    """Take the driver's CPU time of a sweep that has nothing to do any more [s]."""
    return min(sweep(folder, blocks, workers=2, again=True, **words)["driver_cpu_s"] for _ in range(TIMES))


def _slurm(found, repeats, design):
    """Measure how long a job takes to begin, what it does once, and how long the driver takes to see its end."""
    with empty_folder() as folder, cluster(1):
        (block,) = designed(folder, design[:1])
        for number in range(repeats):
            told = sweep(folder / f"{number}", [block], workers=1, executor="slurm")
            usual_s = found["cell_s"][number] + block.groups * found["cell_group_s"][number]
            usual_s += block.runs * found["cell_run_s"][number]
            found["slurm_start_s"].append(max(told["first_cell_s"], 0.0))
            found["slurm_worker_start_s"].append(max(told["cells_cpu_s"] - usual_s, 0.0))
            found["slurm_end_s"].append(told["end_s"])
