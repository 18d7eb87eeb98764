"""Other monitors, each used as its own documentation shows, on whatever GPUs NVML finds.

Nothing here is a copy of them: they are installed, imported and run.
"""

from __future__ import annotations

import logging
import time

__all__ = ["CodeCarbon", "Nvitop", "NvitopKeptOn", "ZeusPower", "ZeusPower50", "ZeusWindows"]


class ZeusWindows:
    """``ZeusMonitor``: energy counters at both edges of a window."""

    period_s = None  # it reads at edges only

    def __init__(self, folder):
        from zeus.monitor import ZeusMonitor

        self.monitor = ZeusMonitor(cpu_indices=[])
        self.energies = {}

    def begin(self, name):
        """Begin a window."""
        self.monitor.begin_window(name, sync_execution=False)  # no framework is there to be synchronised

    def end(self, name):
        """End it."""
        self.energies[name] = self.monitor.end_window(name, sync_execution=False).total_energy

    def energies_j(self):
        """Energy of every window [J]."""
        return self.energies

    def stop(self):
        """Nothing is to be ended."""


class ZeusPower:
    """``PowerMonitor``: processes that poll power, and a trapezoid rule over its changes."""

    period_s = None  # as built it polls without a pause
    words = {}  # noqa: RUF012 - never changed

    def __init__(self, folder):
        from zeus.monitor.power import PowerMonitor

        self.monitor = PowerMonitor(**self.words)
        self.edges = {}

    def begin(self, name):
        """Begin a window."""
        self.edges[name] = [time.time()]

    def end(self, name):
        """End it."""
        self.edges[name].append(time.time())

    def energies_j(self):
        """Energy of every window [J]."""
        return {name: sum(self.monitor.get_energy(*edges).values()) for name, edges in self.edges.items()}

    def stop(self):
        """End the monitor."""
        self.monitor.stop()


class ZeusPower50(ZeusPower):
    """The same with the shortest period that it does not warn of."""

    period_s = 0.05
    words = {"update_period": 0.05}  # noqa: RUF012 - never changed


class Nvitop:
    """``ResourceMetricCollector``: means of what was read each second, times the length of the window."""

    period_s = 1.0

    def __init__(self, folder):
        from nvitop import Device, ResourceMetricCollector

        self.collector = ResourceMetricCollector(devices=Device.all(), interval=self.period_s)
        self.energies = {}

    def begin(self, name):
        """Begin a window."""
        self.started_s = time.monotonic()
        self.collector.activate(tag=name)

    def end(self, name):
        """End it."""
        found = self.collector.collect()
        self.collector.deactivate()
        power_w = [value for key, value in found.items() if key.endswith("power_usage (W)/mean")]
        self.energies[name] = sum(power_w) * (time.monotonic() - self.started_s)

    def energies_j(self):
        """Energy of every window [J]."""
        return self.energies

    def stop(self):
        """Nothing is to be ended."""


class NvitopKeptOn(Nvitop):
    """The same inside of a tag of its own: without one, its thread ends in a gap between windows, for good."""

    def __init__(self, folder):
        super().__init__(folder)
        self.collector.activate(tag="run")


class CodeCarbon:
    """``OfflineEmissionsTracker``: a task for each window."""

    period_s = None  # while a task runs, the counter is read at its edges only

    def __init__(self, folder):
        from codecarbon import OfflineEmissionsTracker

        logging.getLogger("codecarbon").setLevel(logging.ERROR)
        self.tracker = OfflineEmissionsTracker(country_iso_code="FRA", save_to_file=False, log_level="error")
        self.energies = {}
        self.begin("warm-up")  # its first task finds out what hardware there is, which takes a second
        self.end("warm-up")

    def begin(self, name):
        """Begin a window."""
        self.tracker.start_task(name)

    def end(self, name):
        """End it."""
        self.energies[name] = self.tracker.stop_task(name).gpu_energy * 3.6e6

    def energies_j(self):
        """Energy of every window [J]."""
        return self.energies

    def stop(self):
        """End the monitor."""
        self.tracker.stop()
