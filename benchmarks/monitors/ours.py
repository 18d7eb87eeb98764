"""The collector's own way: a process that samples, and energy of windows from what it wrote."""

from __future__ import annotations

import time
from pathlib import Path

from simulator.collect.energy import Meter
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.sampling import Sampler, read_samples

__all__ = ["Ours"]


class Ours:
    """Samples from before the first epoch to after the last; windows are made afterwards."""

    def __init__(self, folder):
        with nvml():
            uuids = [gpu.uuid for gpu in find_gpus()]
        self.folder = Path(folder)
        self.sampler = Sampler(uuids)
        self.sampler.start()
        self.probe = self.sampler.probe(1.0)
        self.sampler.open(self.folder)
        self.edges = {}

    @property
    def period_s(self):
        """Time between two samples [s]."""
        return self.probe.period_ms / 1e3

    def begin(self, name):
        """Begin a window."""
        self.edges[name] = [time.monotonic_ns()]

    def end(self, name):
        """End it."""
        self.edges[name].append(time.monotonic_ns())

    def energies_j(self):
        """Energy of every window [J]."""
        self.sampler.close()
        periods_s = [gpu.energy_period_ms and gpu.energy_period_ms / 1e3 for gpu in self.probe.gpus]
        meter = Meter(read_samples(self.folder), update_period_s=periods_s)
        return {name: meter.window(*edges).energy_j for name, edges in self.edges.items()}

    def stop(self):
        """End the monitor."""
        self.sampler.stop()
