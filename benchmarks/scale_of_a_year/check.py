"""The thousandth that is really run, and what was predicted of it."""

from __future__ import annotations

import simulator
from scale_of_a_year.cluster import sizes_of, write_blocks
from scale_of_a_year.model import cell_seconds, driver_seconds, intervals, medians, planning_s, starting
from scale_of_a_year.trial import cluster, empty_folder, sweep
from scale_of_a_year.waiting import simulate

__all__ = ["MEASURED", "check"]

#: What a sweep tells of each term that can be read off it; those that cannot are sums of others.
MEASURED = {
    "wall_s": lambda told: told["wall_s"],
    "work_s": lambda told: told["cells_cpu_s"] + told["write_s"],
    "cpu_s": lambda told: told["driver_cpu_s"] + told["workers_cpu_s"],
    "result_bytes": lambda told: told["result_bytes"],
    "ledger_bytes": lambda told: told["ledger_bytes"],
    "shards": lambda told: told["shards"],
    "driver_memory_bytes": lambda told: told["driver_mib"] * 2**20,
    "worker_memory_bytes": lambda told: told["worker_mib"] * 2**20,
    "energy_j": lambda told: told["energy_j"],
}


def check(costs, *, groups, runs, workers, nodes, cores, say):
    """Run so many groups and runs with each number of workers, and lay what was predicted beside it.

    Parameters
    ----------
    costs
        Repeats of what was measured before.
    groups, runs
        How many.
    workers
        Numbers of worker processes to try.
    nodes
        Numbers of nodes to try with Slurm: jobs of one core each on this machine; none leaves it out.
    cores
        How many cores this machine has.
    say
        Told what runs now.

    Returns
    -------
    list of dict
        One for each sweep: ``executor``, ``workers``, and ``terms``, of each what was predicted (value, low, high), by
        the simulation of waiting (``simulated_s``, the wall time alone), measured, and the error of the prediction [%].
    """
    jobs = simulator.read_traces(gpu="v100").jobs
    found = []
    with empty_folder() as folder:
        blocks = write_blocks(folder / "groups", sizes_of(groups, runs), jobs)
        for n in workers:
            say(f"check: {groups:,} groups, {runs:,} runs, {n} worker processes")
            told = sweep(folder / "sweep", blocks, workers=n)
            found.append(beside(costs, blocks, told, executor="pool", workers=n, cores=cores))
        for n in nodes:
            say(f"check: the same on Slurm, {n} nodes")
            with cluster(n):
                told = sweep(folder / "sweep", blocks, workers=n, executor="slurm", slurm={"array_parallelism": n})
            found.append(beside(costs, blocks, told, executor="slurm", workers=n, cores=cores))
    return found


def beside(costs, blocks, told, *, executor, workers, cores):
    """Lay predictions beside what a sweep told."""
    slurm, middle = executor == "slurm", medians(costs)
    predicted = intervals(costs, blocks, workers=workers, cores=cores, slurm=slurm)
    waited = simulate(
        cell_seconds(middle, blocks, workers=workers, cores=cores),
        workers,
        plan_s=planning_s(middle, blocks),
        driver_cell_s=driver_seconds(middle, blocks),
        dealt=slurm,
        **starting(middle, slurm=slurm),
    )
    told["write_s"] = told["rows"] * middle["write_run_s"]  # no sweep tells it apart
    terms = {}
    for name, (value, low, high) in predicted.items():
        # Jobs of Slurm are no children of the driver, which cannot tell what they used.
        away = slurm and name in ("cpu_s", "worker_memory_bytes")
        measured = MEASURED[name](told) if name in MEASURED and not away else None
        error = None if measured is None else 100 * (value / measured - 1)
        terms[name] = {"predicted": value, "low": low, "high": high, "measured": measured, "error_pct": error}
    simulated = {"wall_s": waited["wall_s"], "error_pct": 100 * (waited["wall_s"] / told["wall_s"] - 1)}
    rows = {"submissions": sum(block.runs for block in blocks), "rows": told["rows"]}
    clock = {"clock_over_cpu": told["cells_s"] / max(told["cells_cpu_s"], 1e-9)}
    return {"executor": executor, "workers": workers, "terms": terms, "simulated": simulated, **rows, **clock}
