"""On what a run was measured: machine, packages, commit."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from speed.machine import processor

from simulator.replay.choice import usable_cores

__all__ = ["PACKAGES", "commit", "load", "machine", "packages"]

REPOSITORY = Path(__file__).resolve().parents[2]

#: Whose versions change figures: what ours runs on, and what it is measured against.
PACKAGES = (
    "trace-simulator",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "numba",
    "llvmlite",
    "joblib",
    "cloudpickle",
    "sqlalchemy",
    "fastapi",
    "uvicorn",
    "aiosqlite",
    "asyncpg",
    "zeus",
    "nvitop",
    "codecarbon",
    "experimaestro",
)


def machine():
    """Say what it is and has; memory in bytes."""
    affinity = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return {
        "cpu": processor(),
        "cores": psutil.cpu_count(logical=True),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_used": usable_cores(),
        "affinity": affinity,
        "governor": _governor(),
        "memory_bytes": psutil.virtual_memory().total,
        "memory_free_bytes": psutil.virtual_memory().available,
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_start": load(),
        "load_end": None,
    }


def load():
    """How many processes want a core: over the last minute, 5 and 15 minutes."""
    return [round(mean, 2) for mean in os.getloadavg()]


def packages():
    """Versions of what changes figures; None where a package is not installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def commit():
    """Say which commit is measured, and whether files differ from it; None outside of a checkout."""
    return {"hash": _git("rev-parse", "HEAD"), "changed": bool(_git("status", "--porcelain", "--", "simulator"))}


def _git(*words):
    try:
        done = subprocess.run(["git", "-C", REPOSITORY, *words], capture_output=True, text=True, check=False)  # noqa: S603, S607  (git of the path, words of our own)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _governor():
    """How the first core chooses its clock; None where Linux does not tell."""
    try:
        return Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").read_text().strip()
    except OSError:
        return None
