"""What it costs to plan, run and record a cell that does nothing, ours beside joblib and experimaestro.

One run of this program measures, on one machine and one after the other, each in a process of its own: so many trivial
cells, cold, and again when there is nothing to be done; what an id costs; the status of a ledger with a million cells;
and how long a sweep that was killed, with all its processes, takes until its first cell begins. It ends with our aims,
met or missed.

    python benchmarks/sweep_overhead.py [--cells 1000,100000] [--experimaestro 100] [--quick]

experimaestro (PyPI 2.7.0, in the extra "bench") starts a process for each task, so that 1,000 take minutes: by default
it gets 100, and what is compared is time per cell. It brings some thirty packages along; an interpreter of
its own does as well: --experimaestro-python.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from speed.machine import load, processor
from suite.measured import Skipped, of_rounds
from sweeps.fresh import in_fresh_process
from sweeps.killed import restart

from simulator.replay.choice import usable_cores

#: Our aims: those per cell, cold and no-op for most cells, that of the restart for fewest, Python's own start included.
MOST = {"per_cell_ms": 0.25, "cold_s": 10.0, "no_op_s": 2.0, "id_us": 10.0, "status_s": 1.0, "restart_s": 1.0}

MISSING = "not installed: pip install '.[bench]'"


def options_of(words=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cells", default="1000,100000", help="how many, for ours and joblib")
    parser.add_argument("--workers", type=int, default=4, help="processes of each side")
    parser.add_argument("--experimaestro", type=int, default=100, metavar="N", help="its cells; 0 leaves it out")
    parser.add_argument("--experimaestro-python", default=sys.executable, help="interpreter that has it")
    parser.add_argument("--large", type=int, default=1_000_000, help="cells of the ledger whose status is asked")
    parser.add_argument("--quick", action="store_true", help="few of everything: shows that it runs, measures nothing")
    options = parser.parse_args(words)
    options.cells = [int(word) for word in options.cells.split(",")]
    options.ids = 100_000
    if options.quick:
        options.cells, options.large, options.ids = [600], 1_000, 500
        options.experimaestro = min(options.experimaestro, 2)
    return options


def facts():
    """Say on what this ran, in a line."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("trace-simulator", "joblib", "pandas", "pyarrow"))
    return f"{usable_cores()} cores, {processor()}, Python {platform.python_version()}, {versions}"


def has_experimaestro(python):
    """Whether an interpreter has it."""
    words = [str(python), "-c", "import experimaestro"]
    return not subprocess.run(words, capture_output=True, check=False).returncode  # noqa: S603  (the user names it)


def measure(script, folder, options, n, python=sys.executable):
    """Run cells cold, and again."""
    words = {"folder": str(folder / f"{script}{n}"), "n": n, "workers": options.workers}
    cold, again = (in_fresh_process(script, python, **words) for _ in range(2))
    return {"n": n, "cold_s": cold["time_s"], "no_op_s": again["time_s"], "peak_mib": cold["peak_mib"]}


def sides(options, folder):
    """Measure every side; yields its name and what was measured."""
    for n in options.cells:
        yield "ours", measure("ours.py", folder, options, n)
        yield f"joblib {version('joblib')}", measure("with_joblib.py", folder, options, n)
    if options.experimaestro and has_experimaestro(options.experimaestro_python):
        n, python = options.experimaestro, options.experimaestro_python
        yield "experimaestro 2.7.0", measure("with_experimaestro.py", folder, options, n, python)


def show_sides(options, folder):
    """Print a line for each side as it is measured; returns ours by number of cells."""
    print(f"trivial cells, {options.workers} processes; ratios are of time per cell, to ours at as many or the nearest")
    print(f"{'':<22}{'cells':>9}{'cold s':>9}{'ms/cell':>9}{'ratio':>8}{'no-op s':>9}{'ratio':>8}{'peak MiB':>10}")
    ours = {}
    for name, found in sides(options, folder):
        n = found["n"]
        if name == "ours":
            ours[n] = found
        beside = ours[min(ours, key=lambda cells: abs(cells - n))]
        cold, again = (f"{found[what] / n / (beside[what] / beside['n']):>7.1f}x" for what in ("cold_s", "no_op_s"))
        line = f"{name:<22}{n:>9,}{found['cold_s']:>9.2f}{found['cold_s'] / n * 1e3:>9.3f}{cold}"
        print(f"{line}{found['no_op_s']:>9.3f}{again}{found['peak_mib']:>10.0f}", flush=True)
    if not options.experimaestro or not has_experimaestro(options.experimaestro_python):
        print(f"experimaestro: left out, or {MISSING}, or --experimaestro-python")
    return ours


def measure_status(options, folder):
    """Make a large ledger, and ask for its status; returns what both told."""
    large = {"folder": str(folder / "large"), "n": options.large}
    return in_fresh_process("status.py", make=True, **large), in_fresh_process("status.py", make=False, **large)


def show_rest(options, folder):
    """Print what is about us alone; returns it."""
    ids = in_fresh_process("ids.py", n=options.ids)
    print(
        f"\nof 8 scalar fields: a configuration {ids['construct_us']:.1f} us, its id {ids['id_us']:.1f} us, "
        f"its row's id {ids['row_id_us']:.1f} us"
    )
    size, status = measure_status(options, folder)
    print(
        f"status of a ledger with {options.large:,} cells ({size['bytes'] / 2**20:.0f} MiB): {status['time_s']:.3f} s, "
        f"{status['peak_mib']:.0f} MiB"
    )
    restarts = {n: restart(folder / f"killed{n}", n=n, workers=options.workers, slow=n < 50_000) for n in options.cells}
    for n, killed in restarts.items():
        print(
            f"killed with all its processes when {killed['kept']:,} of {n:,} cells were done: the first of the others "
            f"begins {killed['restart_s']:.2f} s after the process that goes on was started"
        )
    first = restarts[min(restarts)]
    return {"id_us": ids["id_us"], "status_s": status["time_s"], "restart_s": first["restart_s"]}


def show_aims(found):
    """Print each aim, met or missed."""
    print(f"\n{'aim':<14}{'at most':>9}{'found':>9}")
    for name, most in MOST.items():
        print(f"{name:<14}{most:>9g}{found[name]:>9.3g}  {'met' if found[name] <= most else 'missed'}")


def per_cell(found):
    """Seconds of a cell, cold."""
    return found["cold_s"] / found["n"]


def in_rounds(quick, measure_round):
    """Measure so many rounds, each in a folder of its own."""
    for number in range(2 if quick else 3):
        with tempfile.TemporaryDirectory(prefix=f"sweeps-{number}-") as name:
            yield measure_round(Path(name))


def measurements_of_cells(*, quick):
    """Measure ours and joblib in turns, as many cells each."""
    options = options_of(["--quick"] if quick else [])
    n, peer = max(options.cells), f"joblib {version('joblib')}"
    rounds = list(
        in_rounds(quick, lambda folder: [measure(s, folder, options, n) for s in ("ours.py", "with_joblib.py")])
    )
    what = {"cells": n, "processes": options.workers}
    yield of_rounds("sweep/cell-cold", [per_cell(ours) * 1e3 for ours, _ in rounds], **what)
    yield of_rounds("sweep/no-op", [ours["no_op_s"] for ours, _ in rounds], **what)
    yield of_rounds("sweep/driver-memory", [ours["peak_mib"] for ours, _ in rounds], **what)
    cold = [per_cell(theirs) / per_cell(ours) for ours, theirs in rounds]
    again = [theirs["no_op_s"] / ours["no_op_s"] for ours, theirs in rounds]
    yield of_rounds("sweep/cell-vs-joblib", cold, against=peer, **what)
    yield of_rounds("sweep/no-op-vs-joblib", again, against=peer, **what)


def measurements_of_experimaestro(*, quick):
    """Measure ours and experimaestro, with its few cells, for it needs a process for each."""
    options = options_of(["--quick"] if quick else [])
    if not has_experimaestro(options.experimaestro_python):
        yield Skipped(id="sweep/cell-vs-experimaestro", reason=f"experimaestro is {MISSING}")
        return
    n, few = min(options.cells), options.experimaestro

    def both(folder):
        return measure("ours.py", folder, options, n), measure("with_experimaestro.py", folder, options, few)

    ratios = [per_cell(theirs) / per_cell(ours) for ours, theirs in in_rounds(quick, both)]
    what = {"cells": n, "its_cells": few, "processes": options.workers}
    yield of_rounds("sweep/cell-vs-experimaestro", ratios, against="experimaestro 2.7.0", **what)


def measurements_of_rest(*, quick):
    """Measure what is about us alone."""
    options = options_of(["--quick"] if quick else [])
    ids = [in_fresh_process("ids.py", n=options.ids)["id_us"] for _ in range(2 if quick else 5)]
    yield of_rounds("sweep/id", ids, configurations=options.ids)
    status = [found["time_s"] for _, found in in_rounds(quick, lambda folder: measure_status(options, folder))]
    yield of_rounds("sweep/status-of-a-million", status, cells=options.large)
    n, words = min(options.cells), {"workers": options.workers, "slow": True}
    restarts = [
        found["restart_s"] for found in in_rounds(quick, lambda folder: restart(folder / "killed", n=n, **words))
    ]
    yield of_rounds("sweep/restart", restarts, cells=n, processes=options.workers)


#: What ``python -m benchmarks`` measures.
PARTS = {
    "cells": measurements_of_cells,
    "experimaestro": measurements_of_experimaestro,
    "rest": measurements_of_rest,
}


def main() -> None:
    """Measure and print."""
    options = options_of()
    print(facts())
    with tempfile.TemporaryDirectory(prefix="sweeps-") as name:
        folder = Path(name)
        ours = show_sides(options, folder)
        rest = show_rest(options, folder)
    most = ours[max(ours)]
    per_cell_ms = most["cold_s"] / most["n"] * 1e3
    show_aims({"per_cell_ms": per_cell_ms, "cold_s": most["cold_s"], "no_op_s": most["no_op_s"], **rest})
    print(f"\nload {load()}")


if __name__ == "__main__":
    main()
