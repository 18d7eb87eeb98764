"""One monitor, in a process of its own, on simulated GPUs that follow a load in real time."""

from __future__ import annotations

import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nvml_stub import SimulatedGpus

from monitors.child import MONITORS
from monitors.load import IDLE_W

__all__ = ["Sampling", "Trial", "installed", "run"]

#: Until a monitor is ready, and until it has its results [s].
READY_S, RESULT_S = 60, 60

#: What keeps a monitor from the network: a proxy where nobody listens.
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
NO_NETWORK |= {name.upper(): proxy for name, proxy in NO_NETWORK.items()}


@dataclass(frozen=True)
class Sampling:
    """How GPU 0 was read: readings per second (None: at edges only), and how late they were.

    Lateness is how much longer than the period the gap to the reading before was [ms]: median, 95th and 99th
    percentile, largest; None without a period.
    """

    rate_hz: float | None
    wanted_hz: float | None
    late_ms: tuple[float, ...] | None
    cpu_share: float


@dataclass(frozen=True)
class Trial:
    """What a monitor said [J] and what was true [J], for each epoch; and how it sampled."""

    energies_j: np.ndarray
    truths_j: np.ndarray
    sampling: Sampling

    @property
    def errors(self):
        """Relative errors of the epochs."""
        return self.energies_j / self.truths_j - 1


class MonitorFailed(Exception):  # noqa: N818 - it is the monitor that failed
    """A monitor ended before it had a result; its last words say why."""


def installed(name):
    """Whether a monitor can be run here."""
    package = MONITORS[name][2]
    return package is None or importlib.util.find_spec(package) is not None


def run(name, load, library, *, gpus=1, update_ms=100, phase_ms=0):
    """Measure a load with a monitor.

    Parameters
    ----------
    name
        One of `MONITORS`.
    load
        What the GPUs do.
    library
        The compiled stub.
    gpus, update_ms, phase_ms
        How many GPUs there are, how often their sensors update, and when.

    Returns
    -------
    Trial
        What it came to.

    Raises
    ------
    MonitorFailed
        If the monitor did not get to its end.
    """
    with tempfile.TemporaryDirectory(prefix="monitors-") as folder:
        simulated = SimulatedGpus(
            folder, gpus=gpus, library=library, idle_w=IDLE_W, noise_w=0.5, update_ms=update_ms, phase_ms=phase_ms
        )
        words = [sys.executable, "-m", "monitors.child", name, f"{folder}/samples"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        options = {"env": environment(simulated, folder), "cwd": folder, "start_new_session": True, **pipes}
        with subprocess.Popen(words, **options) as child:  # noqa: S603 - our own module
            try:
                return follow(child, load, simulated)
            finally:
                end_all(child)


def end_all(child):
    """End the monitor and every process that it started: some poll for ever once their parent is gone."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def environment(simulated, folder):
    """Variables for a monitor's process: simulated GPUs, an ``nvidia-smi`` to be found, and no network."""
    tool = Path(folder) / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'simulated GPUs'\n")
    tool.chmod(0o755)
    here = str(Path(__file__).resolve().parents[1])
    own = {"PATH": f"{tool.parent}:{os.environ['PATH']}", "PYTHONPATH": here, "HOME": folder, **NO_NETWORK}
    inherited = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
    return inherited | own | simulated.environment()


def follow(child, load, simulated):
    """Wait for the monitor, let the load begin, and take what it found."""
    ready = answer(child, READY_S)
    begin_ns = time.monotonic_ns() + 100_000_000
    stop_ns = begin_ns + round(1e9 * load.length_s)
    load.impose(simulated, begin_ns)
    before, _ = simulated.reads()
    child.stdin.write(json.dumps({"edges_ns": load.edges_ns(begin_ns), "stop_ns": stop_ns}) + "\n")
    child.stdin.flush()
    time.sleep(max(0, stop_ns - time.monotonic_ns()) / 1e9)
    after, kept = simulated.reads(before)
    found = answer(child, RESULT_S)
    truths = [
        sum(simulated.true_energy_j(*edges, gpu=gpu) for gpu in range(len(simulated))) for edges in found["edges_ns"]
    ]
    wanted_hz = ready["period_s"] and 1 / ready["period_s"]
    rate_hz, late_ms = pace(after - before, kept, load.length_s, ready["period_s"], len(load.epochs))
    sampling = Sampling(rate_hz, wanted_hz, late_ms, found["cpu_share"])
    return Trial(np.array(found["energies_j"], float), np.array(truths), sampling)


def answer(child, seconds):
    """Read one line of the monitor's process, in time."""
    ready, _, _ = select.select([child.stdout], [], [], seconds)
    line = child.stdout.readline() if ready else ""
    if not line:
        child.kill()
        last = (child.stderr.read().strip().splitlines() or ["it left no message"])[-1]
        raise MonitorFailed(last)
    return json.loads(line)


def pace(reads, kept, length_s, period_s, epochs):
    """How often a GPU was read, and how late; of what is read most, where a monitor reads several things."""
    if period_s is None:
        return (reads / length_s if reads > 10 * epochs else None), None
    usual = Counter(what for _, what in kept).most_common(1)[0][0]
    moments = [at_ns for at_ns, what in kept if what == usual]
    gaps_s = np.diff(moments) / 1e9
    late_ms = 1e3 * np.maximum(gaps_s - period_s, 0)
    return 1 / gaps_s.mean(), tuple(np.percentile(late_ms, [50, 95, 99, 100]).tolist())
