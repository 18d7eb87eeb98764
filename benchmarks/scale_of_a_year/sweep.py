"""One sweep over a cluster's groups in a process of its own: ``python sweep.py '{"folder": ..., "blocks": [...]}'``.

What is told: seconds of each part, memory of the driver and of its largest worker, what lies on disk, and what the CPUs
of the machine consumed where anybody may read it.
"""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from sweeps.fresh import asked, tell

#: Of more cells than this, single times are not told.
MOST_TOLD = 5_000


def main():
    """Plan, run and count."""
    words = asked()
    begun_epoch_s, begun_s = time.time(), time.perf_counter()
    from simulator.explore import experiment

    imported_s = time.perf_counter()
    folder = Path(words["folder"])
    with experiment(folder, "year", executor=words["executor"], workers=words["workers"]) as xp:
        cells = list(cells_of(words))
        if slurm := words.get("slurm"):
            xp.launcher.slurm_(**slurm)
        xp.launcher(cells)
        planned_s = time.perf_counter()
        counts = xp.wait()
        ended_s = time.perf_counter()
    closed_s, closed_epoch_s = time.perf_counter(), time.time()
    driver_kib = own_peak_kib()  # before shards are read, to count
    if counts.done != len(cells):
        raise SystemExit(f"{counts} instead of {len(cells)} cells")
    shards = sorted(folder.glob("shards/*.parquet"))
    outcomes = [outcome for shard in shards for outcome in outcomes_of(shard)]
    by_id = {outcome.id: outcome.cpu_s for outcome in outcomes}
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    tell(
        wall_s=closed_s - begun_s,
        import_s=imported_s - begun_s,
        plan_s=planned_s - imported_s,
        run_s=ended_s - planned_s,
        close_s=closed_s - ended_s,
        first_cell_s=min(outcome.started_s for outcome in outcomes) - begun_epoch_s - (planned_s - begun_s),
        each_cpu_s=[by_id[cell.id] for cell in cells] if len(cells) <= MOST_TOLD else None,
        end_s=closed_epoch_s - max(outcome.started_s + outcome.time_s for outcome in outcomes),
        cells_s=sum(outcome.time_s for outcome in outcomes),
        cells_cpu_s=sum(outcome.cpu_s for outcome in outcomes),
        driver_cpu_s=own.ru_utime + own.ru_stime,
        workers_cpu_s=children.ru_utime + children.ru_stime,
        rows=sum(outcome.rows for outcome in outcomes),
        driver_mib=driver_kib / 1024,
        worker_mib=children.ru_maxrss / 1024,
        shards=len(shards),
        files=sum(len(files) for _, _, files in os.walk(folder)),
        result_bytes=sum(shard.stat().st_size for shard in shards),
        ledger_bytes=sum(file.stat().st_size for file in folder.glob("ledger.db*")),
        energy_j=xp.run.snapshot.energy_j,
    )


def own_peak_kib():
    """Most memory that this program ever had [KiB]; of what started it, which Linux would count as well, nothing."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def cells_of(words):
    """Make a cell of each block; without blocks, cells that do nothing."""
    from sweeps.trivial import Trivial

    if "trivial" in words:
        yield from (Trivial(number=number) for number in range(words["trivial"]))
        return
    import simulator
    from simulator.explore import File, Recorded, Replay

    traces = Recorded(words["traces"])
    jobs = simulator.read_traces(gpu="v100").jobs
    for file, job in words["blocks"]:
        yield Replay(job=jobs[job], traces=traces, groups=File(file), policy=words["policy"], detail=words["detail"])


def outcomes_of(shard):
    """Read what became of a shard's cells."""
    from simulator.explore.shards import read_outcomes

    return read_outcomes(shard)


if __name__ == "__main__":
    main()
