"""Runs a command with simulated GPUs that are loaded while training jobs run.

A training job is a process that uses these GPUs' state file and was told where to report its events.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

import psutil

#: Time between looks at the processes, and how long a new process may take to become what it is to be [s].
EVERY_S, YOUNG_S = 0.05, 2.0


class Watcher:
    """Finds training jobs among all processes; each process is looked at while it is young, and then left alone."""

    def __init__(self, gpus):
        self.gpus = gpus
        self.looks = {}
        self.jobs = {}

    def look(self):
        """Bring the jobs up to date."""
        present = set(psutil.pids())
        self.looks = {pid: self.looks.get(pid, 0) + 1 for pid in present}
        self.jobs = {pid: variables for pid, variables in self.jobs.items() if pid in present and alive(pid)}
        for pid, looks in self.looks.items():
            if looks * EVERY_S <= YOUNG_S and pid not in self.jobs:
                self._judge(pid)

    def _judge(self, pid):
        with suppress(psutil.Error, OSError):
            variables = psutil.Process(pid).environ()
            if variables.get("NVML_STUB_STATE") == str(self.gpus.path) and "SIMULATOR_EVENTS" in variables:
                self.jobs[pid] = variables

    def load(self, gpu):
        """Processes that use a GPU, and the largest of their batch sizes (None where a job says none)."""
        users = {
            pid: v
            for pid, v in self.jobs.items()
            if self.gpus.uuid(gpu) in v.get("CUDA_VISIBLE_DEVICES", self.gpus.uuid(gpu))
        }
        sizes = [int(v["SIMULATOR_BATCH_SIZE"]) for v in users.values() if v.get("SIMULATOR_BATCH_SIZE", "").isdigit()]
        return sorted(users), max(sizes, default=None)


def alive(pid):
    """Whether a process still runs; one that nobody has waited for does not."""
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def watts_of(batch_size, watts, idle):
    """Power that a batch size draws: larger ones keep more of the GPU busy."""
    share = 1.0 if batch_size is None else 0.5 + 0.5 * batch_size / (batch_size + 128)
    return idle + (watts - idle) * share


def follow(gpus, watcher, watts, idle, before):
    """Set each GPU's load to that of its jobs, where it changed."""
    watcher.look()
    for gpu in range(len(gpus)):
        now = watcher.load(gpu)
        if before.get(gpu) == now:
            continue
        before[gpu] = now
        pids, batch_size = now
        gpus.set_pids(pids, gpu=gpu)
        demand = watts_of(batch_size, watts, idle) if pids else idle
        gpus.set_demand(demand, ripple_w=0.08 * demand if pids else 0.0, ripple_period_s=0.037, gpu=gpu)


def run(words, gpus, watts, idle):
    """Run a command to its end and return its exit code, as a shell gives it."""
    variables = os.environ | gpus.environment()
    watcher, before = Watcher(gpus), {}
    with subprocess.Popen(words, env=variables) as child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the command as well
        signal.signal(signal.SIGTERM, lambda number, _frame: child.send_signal(number))
        while True:
            follow(gpus, watcher, watts, idle, before)
            with suppress(subprocess.TimeoutExpired):
                code = child.wait(EVERY_S)
                return code if code >= 0 else 128 - code
