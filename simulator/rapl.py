"""Energy of the CPUs, as the kernel's running average power limit (RAPL) counts it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RAPL", "cpu_energy_j", "read_packages"]

#: Where Linux tells what CPUs consume: one ``intel-rapl:N`` a package, AMD's included; only root may read it
#: (Documentation/power/powercap).
RAPL = Path("/sys/class/powercap")


def read_packages(folder: Path = RAPL) -> dict[str, tuple[int, int]]:
    """Read the counter of each CPU package.

    Parameters
    ----------
    folder
        Folder of the kernel's power capping framework.

    Returns
    -------
    dict
        Energy, and where the counter starts anew [µJ], by name; empty if nobody may read it.

    Examples
    --------
    >>> read_packages(Path("/nowhere"))
    {}
    """
    packages = {}
    for package in sorted(folder.glob("intel-rapl:*")):
        if package.name.count(":") == 1:  # what has two colons is a part of a package
            try:
                energy, most = (int((package / name).read_text()) for name in ("energy_uj", "max_energy_range_uj"))
            except (OSError, ValueError):
                continue
            packages[package.name] = energy, most
    return packages


def cpu_energy_j(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> float | None:
    """Say what all packages consumed between two readings.

    Parameters
    ----------
    before, after
        What `read_packages` returned. A counter may start anew once in between.

    Returns
    -------
    float or None
        Energy [J]; None if no package could be read at both moments.

    Examples
    --------
    A counter that started anew at 1000 µJ:

    >>> cpu_energy_j({"intel-rapl:0": (900, 1000)}, {"intel-rapl:0": (100, 1000)})
    0.0002
    """
    packages = before.keys() & after.keys()
    if not packages:
        return None
    return sum((after[name][0] - before[name][0]) % after[name][1] for name in packages) / 1e6
