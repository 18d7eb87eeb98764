"""Counters that are read at a run's start and end only: energy of the CPUs, and errors of the GPUs' memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.nvml import Device

__all__ = ["RAPL", "Counters", "read_counters", "risen"]

#: Where Linux tells what CPUs consume: one ``intel-rapl:N`` a package, AMD's included; only root may read it
#: (Documentation/power/powercap).
RAPL = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Counters:
    """What counters showed at one moment.

    Parameters
    ----------
    cpu_uj
        Energy of each CPU package, and where its counter starts anew [µJ], by name; none if nobody may read it.
    errors
        Corrected and uncorrected errors of each GPU's memory since the driver was loaded; None where ECC is off.
    """

    cpu_uj: dict[str, tuple[int, int]]
    errors: tuple[tuple[int | None, int | None], ...]


def read_counters(devices: Sequence[Device], *, rapl: Path = RAPL) -> Counters:
    """Read all of them.

    Parameters
    ----------
    devices
        The GPUs of the run.
    rapl
        Folder of the kernel's power capping framework.

    Returns
    -------
    Counters
        What can be read here.
    """
    packages = {}
    for package in sorted(rapl.glob("intel-rapl:*")):
        if package.name.count(":") == 1:  # what has two colons is a part of a package
            try:
                energy, most = (int((package / name).read_text()) for name in ("energy_uj", "max_energy_range_uj"))
            except (OSError, ValueError):
                continue
            packages[package.name] = energy, most
    return Counters(packages, tuple(device.memory_errors() for device in devices))


def risen(before: Counters, after: Counters) -> dict[str, Any] | None:
    """Say by how much counters have risen.

    Parameters
    ----------
    before, after
        At the start and at the end.

    Returns
    -------
    dict or None
        ``cpu_energy_j``: of all packages [J], None if unknown; ``memory_errors_corrected`` and
        ``memory_errors_uncorrected``: a list each, by GPU. None if nothing is known.

    Examples
    --------
    A package's counter that started anew at 1000 µJ:

    >>> risen(Counters({"intel-rapl:0": (900, 1000)}, ()), Counters({"intel-rapl:0": (100, 1000)}, ()))["cpu_energy_j"]
    0.0002
    """
    packages = before.cpu_uj.keys() & after.cpu_uj.keys()
    cpu_uj = sum((after.cpu_uj[name][0] - before.cpu_uj[name][0]) % after.cpu_uj[name][1] for name in packages)
    errors = [
        [None if old is None or new is None else new - old for old, new in zip(*pair, strict=True)]
        for pair in zip(before.errors, after.errors, strict=True)
    ]
    if not packages and all(count is None for pair in errors for count in pair):
        return None
    return {
        "cpu_energy_j": cpu_uj / 1e6 if packages else None,
        "memory_errors_corrected": [corrected for corrected, _ in errors],
        "memory_errors_uncorrected": [uncorrected for _, uncorrected in errors],
    }
