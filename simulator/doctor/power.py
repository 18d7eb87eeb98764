"""Sensors of power: NVIDIA's library for GPUs, and the kernel's counters for CPUs."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.doctor.finding import Finding, missing, ok, problem
from simulator.errors import GpuError, NvmlMissingError
from simulator.rapl import RAPL, read_packages

if TYPE_CHECKING:
    from simulator.collect.nvml.device import Device

__all__ = ["gpus", "rapl"]

#: Bit of CAP_SYS_ADMIN in a set of capabilities (linux/capability.h).
_SYS_ADMIN = 21


def gpus() -> list[Finding]:
    """Ask NVML for its GPUs: driver, names, energy counters, and whether limits may be set. Nothing is set."""
    from simulator.collect.nvml import find_gpus, nvml
    from simulator.collect.nvml.facts import library_facts

    means = "`simulator collect` needs --no-gpu here; replays need no GPU"
    try:
        with nvml():
            facts = library_facts()
            return [
                ok("NVML", f"driver {facts.get('driver')}, NVML {facts.get('nvml')}"),
                *map(_gpu, find_gpus(None, allow_shared_sensor=True)),
                _limits(),
            ]
    except NvmlMissingError as error:
        return [missing("NVML", str(error).partition(";")[0], means, "install the NVIDIA driver")]
    except GpuError as error:
        return [problem("NVML", str(error), "`simulator collect` cannot measure", "simulator collect probe -v")]


def _gpu(device: Device) -> Finding:
    from simulator.collect.nvml.library import ask, call

    limits = device.limits()
    handle = call(f"finding GPU {device.index}", "nvmlDeviceGetHandleByIndex", device.index)
    counter = ask("nvmlDeviceGetTotalEnergyConsumption", handle)[0] is not None
    said = f"{device.name}; limit {_watts(limits.enforced_mw)} of {_watts(limits.min_mw)} to {_watts(limits.max_mw)}"
    means = "its energy counter answers" if counter else "no energy counter: energy comes from samples of power"
    return ok(f"GPU {device.index}", said, means)


def _limits() -> Finding:
    """Say whether power limits may be set, as far as this process can know without trying."""
    if _is_administrator():
        return ok("power limits", "this user may set them", "`simulator collect` measures at several limits")
    return missing(
        "power limits",
        "only an administrator may set them",
        "`simulator collect --observe` measures at the present limit",
        "run as root; in a container, with --cap-add=SYS_ADMIN",
    )


def _is_administrator() -> bool:
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> _SYS_ADMIN & 1)
    return os.geteuid() == 0


def _watts(limit_mw: int | None) -> str:
    return "?" if limit_mw is None else f"{limit_mw / 1000:g} W"


def rapl() -> list[Finding]:
    """Read the CPUs' energy counters once."""
    if packages := read_packages():
        return [ok("RAPL", f"{len(packages)} CPU packages", "sweeps say how much energy the CPUs took")]
    means = "sweeps say nothing of the CPUs' energy"
    if any(RAPL.glob("intel-rapl:*")):
        return [missing("RAPL", "only root may read the counters", means, "run as root")]
    return [missing("RAPL", "the kernel offers no counters", means)]
