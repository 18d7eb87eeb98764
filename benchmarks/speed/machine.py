"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from simulator.replay.choice import usable_cores


def processor():
    """Name the processor as the operating system does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def facts():
    """Say cores, processor and versions in a line."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "numba", "llvmlite", "zeus"))
    return f"{usable_cores()} cores, {processor()}, Python {platform.python_version()}, {versions}"


def load():
    """Say how many processes want a core: over the last minute, 5 and 15 minutes."""
    return " ".join(f"{mean:.1f}" for mean in os.getloadavg())
