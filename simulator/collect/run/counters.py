"""Counters that are read at a run's start and end only: energy of the CPUs, and errors of the GPUs' memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.rapl import RAPL, cpu_energy_j, read_packages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.collect.nvml import Device

__all__ = ["Counters", "read_counters", "risen"]


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
    return Counters(read_packages(rapl), tuple(device.memory_errors() for device in devices))


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
    energy_j = cpu_energy_j(before.cpu_uj, after.cpu_uj)
    errors = [
        [None if old is None or new is None else new - old for old, new in zip(*pair, strict=True)]
        for pair in zip(before.errors, after.errors, strict=True)
    ]
    if energy_j is None and all(count is None for pair in errors for count in pair):
        return None
    return {
        "cpu_energy_j": energy_j,
        "memory_errors_corrected": [corrected for corrected, _ in errors],
        "memory_errors_uncorrected": [uncorrected for _, uncorrected in errors],
    }
