"""Runs one monitor in a process of its own: ``python -m monitors.child NAME FOLDER``.

It says ``{"ready": …}`` when the monitor is, takes the edges of the epochs on stdin, measures them, and says what the
monitor made of them and what it cost.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

import psutil

__all__ = ["MONITORS"]

#: Names of the monitors, where they are, and the distribution that brings them (None: this one).
MONITORS = {
    "ours": ("monitors.ours", "Ours", None),
    "zeus ZeusMonitor": ("monitors.peers", "ZeusWindows", "zeus"),
    "zeus PowerMonitor": ("monitors.peers", "ZeusPower", "zeus"),
    "zeus PowerMonitor, 50 ms": ("monitors.peers", "ZeusPower50", "zeus"),
    "nvitop collector": ("monitors.peers", "Nvitop", "nvitop"),
    "nvitop collector, kept on": ("monitors.peers", "NvitopKeptOn", "nvitop"),
    "codecarbon task": ("monitors.peers", "CodeCarbon", "codecarbon"),
}


def cpu_s():
    """Processor time of this process and all its children so far [s], as the scheduler counts it."""
    this = psutil.Process()
    total_ns = 0
    for process in (this, *this.children(recursive=True)):
        for task in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
            total_ns += int(task.read_text().split()[0])
    return total_ns / 1e9


def sleep_until(mono_ns):
    """Wait for a moment, and look when it came."""
    time.sleep(max(0, mono_ns - time.monotonic_ns()) / 1e9)
    return time.monotonic_ns()


def measure(monitor, edges_ns, stop_ns):
    """Let the monitor measure windows; when each really began and ended, and the processor time that it took."""
    before_s, began_s, real_ns = cpu_s(), time.monotonic(), []
    for number, (start_ns, end_ns) in enumerate(edges_ns):
        started_ns = sleep_until(start_ns)
        monitor.begin(str(number))
        ended_ns = sleep_until(end_ns)
        monitor.end(str(number))
        real_ns.append((started_ns, ended_ns))
    sleep_until(stop_ns)
    return real_ns, (cpu_s() - before_s) / (time.monotonic() - began_s)


def main():
    """Do it."""
    module, name, _ = MONITORS[sys.argv[1]]
    replies, sys.stdout = sys.stdout, sys.stderr  # what monitors print is no answer
    monitor = getattr(import_module(module), name)(sys.argv[2])
    print(json.dumps({"ready": os.getpid(), "period_s": monitor.period_s}), file=replies, flush=True)
    asked = json.loads(sys.stdin.readline())
    real_ns, cpu_share = measure(monitor, asked["edges_ns"], asked["stop_ns"])
    energies = monitor.energies_j()
    found = [energies[str(number)] for number in range(len(real_ns))]
    print(json.dumps({"edges_ns": real_ns, "energies_j": found, "cpu_share": cpu_share}), file=replies, flush=True)
    monitor.stop()


if __name__ == "__main__":
    main()
