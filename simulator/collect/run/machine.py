"""Facts about the machine, the script and the software, to be kept beside what was measured."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from simulator.collect.plan import Plan

__all__ = ["machine_facts", "script_facts", "versions"]

_GIT_TIMEOUT_S = 5.0


def machine_facts() -> dict[str, Any]:
    """Say what machine this is: names, sizes and bounds; None where it does not say.

    Returns
    -------
    dict
        Plain data.
    """
    return {
        "host": socket.gethostname(),
        "system": platform.platform(),
        "kernel": platform.release(),
        "boot_id": _text("/proc/sys/kernel/random/boot_id"),
        "cpu": _cpu(),
        "cpus": os.cpu_count(),
        "cpus_usable": len(os.sched_getaffinity(0)),
        "cpu_limit": _cpu_limit(),
        "memory_b": psutil.virtual_memory().total,
        "memory_limit_b": _number(_text("/sys/fs/cgroup/memory.max")),
        "container": _container(),
    }


def script_facts(plan: Plan) -> dict[str, Any]:
    """Say which state of the script it is, as far as git knows; and which variables the plan adds, without values.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    dict
        Plain data.
    """
    folder = plan.job.workdir or "."
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {
        "command": list(plan.job.command or ()),
        "workdir": str(Path(folder).resolve()),
        "git_revision": _git(folder, "rev-parse", "HEAD"),
        "git_changed": None if changed is None else bool(changed),
        "environment": sorted(plan.measure.environment),
        "controller": list(sys.argv),
    }


def versions() -> dict[str, str | None]:
    """Versions of what measures."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in ("trace-simulator", "nvidia-ml-py", "numpy", "pandas", "pyarrow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _text(file: str) -> str | None:
    with suppress(OSError):
        return Path(file).read_text(encoding="utf-8", errors="replace").strip()
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _cpu() -> str | None:
    for line in (_text("/proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine() or None


def _cpu_limit() -> float | None:
    """CPUs that the control group may use; None for all."""
    quota, _, period = (_text("/sys/fs/cgroup/cpu.max") or "").partition(" ")
    if quota.isdecimal() and period.isdecimal():
        return int(quota) / int(period)
    quota = _text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") or ""
    period = _text("/sys/fs/cgroup/cpu/cpu.cfs_period_us") or ""
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else None


def _container() -> bool:
    signs = (Path("/.dockerenv"), Path("/run/.containerenv"))
    return any(sign.exists() for sign in signs) or "container" in os.environ


def _git(folder: str, *words: str) -> str | None:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ["git", "-C", folder, *words],  # noqa: S607  (whichever git the user has)
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=True,
        )
        return done.stdout.strip()
    return None
