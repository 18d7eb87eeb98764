"""Measure energy of known truth with the collector and with its peers, and what sampling costs each.

The GPU is SIMULATED (tests/nvml_stub): a C library in the place of NVIDIA's, whose sensors follow a load of exactly
known energy. Every monitor runs in a process of its own, one after the other, on the same load in real time; epochs
ripple with their iterations, idle lies between them, and a power limit cuts every third. What is printed are errors
against the truth, and ratios of their errors to ours, from one run of this program.

    python benchmarks/collector.py [--rounds 2] [--epochs 6] [--epoch-seconds 4] [--quick]

Peers are in the extra "bench" (zeus 0.16.0 in "test" as well); a C compiler is needed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))  # the simulated GPU lives with the tests

from monitors.child import MONITORS
from monitors.edges import METHODS, edge_errors
from monitors.load import Load
from monitors.trial import MonitorFailed, installed, run
from nvml_stub import build, compiler
from speed.machine import load as load_of_machine
from speed.machine import processor
from suite.measured import Skipped, of_rounds

from simulator.replay.choice import usable_cores

MISSING = "not installed: pip install '.[bench]'"
NO_COMPILER = "there is no C compiler to build the simulated GPU with; install gcc or clang (and on Linux only)"
#: Peers whose errors are told as ratios to ours.
PEER_IDS = {
    "collector/energy-error-vs-zeus-monitor": "zeus ZeusMonitor",
    "collector/energy-error-vs-zeus-power-monitor": "zeus PowerMonitor, 50 ms",
    "collector/energy-error-vs-nvitop": "nvitop collector",
    "collector/energy-error-vs-codecarbon": "codecarbon task",
}
PACKAGES = ("trace-simulator", "zeus", "nvitop", "codecarbon", "nvidia-ml-py")


def options_of(words=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2, help="loads, each measured by every monitor")
    parser.add_argument("--epochs", type=int, default=6, help="epochs of a load")
    parser.add_argument("--epoch-seconds", type=float, default=4.0, help="length of an epoch [s], give or take 5 %%")
    parser.add_argument("--quick", action="store_true", help="two short epochs: shows that it runs, measures nothing")
    options = parser.parse_args(words)
    options.repeats, options.at_once = 20, 1
    if options.quick:
        options.rounds, options.epochs, options.epoch_seconds, options.repeats, options.at_once = 1, 2, 0.8, 1, 16
    return options


def attempt(name, load, library, **words):
    """Run a monitor; words where there is no result."""
    if not installed(name):
        return MISSING
    try:
        return run(name, load, library, **words)
    except MonitorFailed as error:
        return f"failed: {error}"


def attempt_all(library, options, asked):
    """Run monitors one after the other, so that none disturbs another (``--quick``: some at once)."""
    with ThreadPoolExecutor(options.at_once) as pool:
        done = [pool.submit(attempt, name, load, library, **words) for name, load, words in asked]
        return [trial.result() for trial in done]


def measure(library, options):
    """Let every monitor measure every load, in turn, so that a machine that slows down slows all of them down."""
    loads = [Load.draw(seed, epochs=options.epochs, epoch_s=options.epoch_seconds) for seed in range(options.rounds)]
    asked = [(name, load, {"phase_ms": 37 * seed % 100}) for seed, load in enumerate(loads) for name in MONITORS]
    found = attempt_all(library, options, asked)
    return {name: found[place :: len(MONITORS)] for place, name in enumerate(MONITORS)}


def print_energy(trials):
    """Print errors against the truth."""
    whole = {name: [trial for trial in of if not isinstance(trial, str)] for name, of in trials.items()}
    if not whole["ours"]:
        raise SystemExit(f"the collector itself gave no result: {trials['ours'][0]}")
    our_errors = np.concatenate([trial.errors for trial in whole["ours"]])
    truths_j = np.concatenate([trial.truths_j for trial in whole["ours"]])
    least, most, total = truths_j.min(), truths_j.max(), truths_j.sum()
    print(f"truth: {len(truths_j)} epochs, each of {least:.1f} to {most:.1f} J, together {total:.1f} J")
    heads = f"{'mean':>8}{'mean |.|':>10}{'max |.|':>9}{'all epochs':>12}{'ratio':>8}"
    print(f"\n{'energy of an epoch, error [%]':<30}{heads}")
    for name, of in trials.items():
        if not whole[name]:
            print(f"{name:<30}  {of[0]}")
            continue
        errors = np.concatenate([trial.errors for trial in whole[name]])
        total = sum(t.energies_j.sum() for t in whole[name]) / sum(t.truths_j.sum() for t in whole[name]) - 1
        figures = 100 * errors.mean(), 100 * np.abs(errors).mean(), 100 * np.abs(errors).max(), 100 * total
        ratio = np.abs(errors).mean() / np.abs(our_errors).mean()
        print("{:<30}{:>+8.2f}{:>10.2f}{:>9.2f}{:>+12.2f}{:>7.1f}x".format(name, *figures, ratio))
    print("ratio: mean |error| over ours")


def print_sampling(library, trials, options):
    """Print how often, how late and how dearly each monitor sampled."""
    print(f"\n{'sampling':<30}{'GPUs':>5}{'period':>8}{'reads':>10}{'later than the period [ms]':>34}{'CPU':>8}")
    print(f"{'':<30}{'':>5}{'[ms]':>8}{'[1/s]':>10}{'p50':>10}{'p95':>8}{'p99':>8}{'max':>8}{'[%]':>8}")
    for name, of in trials.items():
        print_pace(name, 1, of[-1])
    short = Load.draw(0, epochs=1, epoch_s=options.epoch_seconds * 2)
    few = [("ours", short, {"update_ms": 20}), *((name, short, {"gpus": 8}) for name in MONITORS)]
    for (name, _, words), trial in zip(few, attempt_all(library, options, few), strict=True):
        print_pace(name if "gpus" in words else f"{name}, 20 ms counter", words.get("gpus", 1), trial)
    print("reads: of GPU 0, of what it reads most; CPU: all processes of the monitor, in per cent of one core")
    print("period -: it reads when a window begins and ends, or (PowerMonitor as it comes) without a pause")
    print("(Python's share: reading a simulated GPU costs less than reading a real one)")


def print_pace(name, gpus, trial):
    """Print a row."""
    if isinstance(trial, str):
        print(f"{name:<30}{gpus:>5}  {trial}")
        return
    pace = trial.sampling
    period = "-" if pace.wanted_hz is None else f"{1e3 / pace.wanted_hz:.0f}"
    rate = (
        "at edges" if pace.rate_hz is None else f"{pace.rate_hz:.2f}" if pace.rate_hz < 1000 else f"{pace.rate_hz:.0f}"
    )
    late = ("-",) * 4 if pace.late_ms is None else tuple(f"{late:.2f}" for late in pace.late_ms)
    print(
        "{:<30}{:>5}{:>8}{:>10}{:>10}{:>8}{:>8}{:>8}{:>8.2f}".format(
            name, gpus, period, rate, *late, 100 * pace.cpu_share
        )
    )


def print_edges(library, options):
    """Print what a single window's edges cost each method."""
    lengths_s = (1, 5, 20)
    windows = 6 * options.repeats
    print(f"\none window, {windows} of each length: 60 W before, 150 to 300 W inside, 140 W after; on the manual clock")
    print(f"{'error: mean, p95 |.| [%], ratio':<34}" + "".join(f"{f'{length_s} s':>24}" for length_s in lengths_s))
    for outside, steady in (("steady outside", True), ("ripple outside", False)):
        found = [edge_errors(library, s, repeats=options.repeats, steady=steady) for s in lengths_s]
        print(f"{outside}:")
        for method in METHODS:
            print(f"  {method:<32}" + "".join(_edge_cell(errors, method) for errors in found))
    print("ratio: 95th percentile of |error| over ours")


def _p95(errors):
    """95th percentile of what errors are, either way [%]."""
    return 100 * np.percentile(np.abs(errors), 95)


def _edge_cell(errors, method):
    p95, our_p95 = (_p95(errors[which]) for which in (method, "ours"))
    return f"{100 * errors[method].mean():>+9.2f},{p95:>6.2f},{p95 / our_p95:>6.1f}x"


def measurements_of_energy(*, quick):
    """Measure errors of all monitors on the same loads; a round is a load."""
    options = options_of(["--quick"] if quick else [])
    options.rounds = 2 if quick else 5
    names = {"collector/energy-error": "ours", "collector/cpu": "ours", **PEER_IDS}
    if compiler() is None:
        yield from (Skipped(id=name, reason=NO_COMPILER) for name in names)
        return
    with tempfile.TemporaryDirectory(prefix="monitors-") as folder:
        trials = measure(build(Path(folder)), options)
    failed = [trial for trial in trials["ours"] if isinstance(trial, str)]
    if failed:
        raise SystemExit(f"the collector itself gave no result: {failed[0]}")
    what = {"epochs": options.epochs, "epoch_s": options.epoch_seconds, "gpu": "SIMULATED"}
    ours = [100 * np.abs(trial.errors).mean() for trial in trials["ours"]]
    yield of_rounds("collector/energy-error", ours, against="the known truth", **what)
    yield of_rounds("collector/cpu", [100 * trial.sampling.cpu_share for trial in trials["ours"]], **what)
    for name, peer in PEER_IDS.items():
        if words := [trial for trial in trials[peer] if isinstance(trial, str)]:
            if words[0] != MISSING:
                raise SystemExit(f"{peer}: {words[0]}")
            yield Skipped(id=name, reason=f"{MONITORS[peer][2]} is {MISSING}")
            continue
        theirs = [100 * np.abs(trial.errors).mean() for trial in trials[peer]]
        against = f"{peer}, {MONITORS[peer][2]} {version(MONITORS[peer][2])}"
        yield of_rounds(name, [their / our for their, our in zip(theirs, ours, strict=True)], against=against, **what)


def measurements_of_edges(*, quick):
    """Measure what the edges of a window of 1 s cost; a round is another draw of places."""
    names = ("collector/edge-error-1s", "collector/edge-error-1s-vs-counter")
    if compiler() is None:
        yield from (Skipped(id=name, reason=NO_COMPILER) for name in names)
        return
    repeats, rounds = (2, 2) if quick else (20, 5)
    with tempfile.TemporaryDirectory(prefix="monitors-") as folder:
        library = build(Path(folder))
        found = [edge_errors(library, 1, repeats=repeats, steady=False, seed=seed) for seed in range(rounds)]
    counter, _, ours = ([_p95(errors[method]) for errors in found] for method in METHODS)
    what = {"windows": 6 * repeats, "gpu": "SIMULATED"}
    yield of_rounds(names[0], ours, against="the known truth", **what)
    ratios = [theirs / our for theirs, our in zip(counter, ours, strict=True)]
    yield of_rounds(names[1], ratios, against=METHODS[0], **what)


#: What ``python -m benchmarks`` measures.
PARTS = {"energy": measurements_of_energy, "edges": measurements_of_edges}


def main():
    """Measure and print."""
    options = options_of()
    if compiler() is None:
        raise SystemExit(NO_COMPILER)
    versions = [f"{name} {version(name)}" for name in PACKAGES if _there(name)]
    print("SIMULATED GPU: 100 ms counter, 25 ms power window, 1 s mean power; nothing here was measured on a real one")
    print(f"{usable_cores()} cores, {processor()}, Python {sys.version.split()[0]}, {', '.join(versions)}")
    print(f"load of the machine at the start {load_of_machine()}\n")
    with tempfile.TemporaryDirectory(prefix="monitors-") as folder:
        library = build(Path(folder))
        trials = measure(library, options)
        print_energy(trials)
        print_sampling(library, trials, options)
        print_edges(library, options)
    print(f"\nload of the machine at the end {load_of_machine()}")


def _there(name):
    try:
        return bool(version(name))
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    main()
