"""Simulated GPUs for a shell: ``python tests/nvml_stub shell -- simulator collect plan.toml``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

if __package__ in (None, ""):  # run by its path: the package lies beside it, not inside it
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from nvml_stub import SimulatedGpus, build, compiler
from nvml_stub.loading import run


def parser():
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="nvml_stub", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    words = commands.add_parser("build", help="compile libnvidia-ml.so.1 into a folder")
    words.add_argument("folder", type=Path)
    words = commands.add_parser("demand", help="what the GPUs of NVML_STUB_STATE would draw from now on")
    words.add_argument("watts", type=float)
    words.add_argument("--gpu", type=int, default=0)
    words.add_argument("--ripple", type=float, default=0.0, metavar="WATTS")
    words.add_argument("--period", type=float, default=0.1, metavar="SECONDS")
    commands.add_parser("status", help="how the GPUs of NVML_STUB_STATE are, a JSON line each")
    words = commands.add_parser("shell", help="run a command with simulated GPUs, loaded while its training jobs run")
    words.add_argument("--gpus", type=int, default=1)
    words.add_argument("--gpu-watts", type=float, default=330, help="power of a large batch without a limit [W]")
    words.add_argument("--idle", type=float, default=60, help="power without a job [W]")
    words.add_argument("--min", type=float, default=100, help="lowest power limit [W]")
    words.add_argument("--max", type=float, default=400, help="highest power limit [W]")
    words.add_argument("--noise", type=float, default=0.5, help="noise of the power sensors [W]")
    words.add_argument("--update-ms", type=float, default=100, help="time between updates of the sensors [ms]")
    words.add_argument(
        "--read-only", action="store_true", help="refuse to set limits, as to one who is no administrator"
    )
    words.add_argument("words", nargs="+", metavar="CMD")
    return top


def status(gpus):
    """Say how each GPU is."""
    for gpu in range(len(gpus)):
        truth = {"gpu": gpu, "power_w": gpus.true_power_w(gpu), "demand_w": gpus.demand_w(gpu)}
        truth |= {"limit_w": gpus.limit_w(gpu), "enforced_w": gpus.enforced_w(gpu)}
        sys.stdout.write(json.dumps(truth | {"temperature_c": gpus.temperature_c(gpu)}) + "\n")


def shell(options):
    """Run a command with simulated GPUs of its own."""
    with tempfile.TemporaryDirectory(prefix="nvml-stub-") as folder:
        watts = {"idle_w": options.idle, "min_w": options.min, "max_w": options.max, "default_w": options.max}
        sensors = {"noise_w": options.noise, "update_ms": options.update_ms, "limit_delay_ms": 100}
        gpus = SimulatedGpus(folder, gpus=options.gpus, **watts, **sensors)
        if options.read_only:
            gpus.fault("no_permission", gpu=None)
        return run(options.words, gpus, options.gpu_watts, options.idle)


def main():
    """Do what the command line says; the exit code is that of the command in a shell."""
    options = parser().parse_args()
    if compiler() is None:
        sys.exit("nvml_stub: there is no C compiler; install gcc or clang")
    if options.command == "build":
        sys.stdout.write(f"{build(options.folder)}\n")
    elif options.command == "demand":
        ripple = {"ripple_w": options.ripple, "ripple_period_s": options.period}
        SimulatedGpus.join().set_demand(options.watts, gpu=options.gpu, **ripple)
    elif options.command == "status":
        status(SimulatedGpus.join())
    else:
        sys.exit(shell(options))


if __name__ == "__main__":
    main()
