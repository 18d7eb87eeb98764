"""Cores, memory and what else this machine has for computing."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from simulator.doctor.finding import Finding, missing, ok, problem

__all__ = ["compiler", "cores", "memory"]

_CGROUP = Path("/sys/fs/cgroup")

_GIB = 2**30

#: Less memory than this is too little for the usual replays [B].
_LITTLE_B = _GIB


def cores() -> list[Finding]:
    """Count cores: those of the machine, those that this process may use, and what its control group allows."""
    all_of_them = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else all_of_them
    limit = _limit_of_cores()
    said = f"{usable} usable of {all_of_them}"
    if limit is None or limit >= usable:
        return [ok("cores", said, "replays and sweeps use them all, unless --workers says otherwise")]
    number = max(1, int(limit))
    means = f"the control group gives no more than {limit:g} of them; say --workers {number}"
    return [ok("cores", f"{said}; limited to {limit:g}", means)]


def memory() -> list[Finding]:
    """Say how much memory there is, and how much is free."""
    import psutil

    told = psutil.virtual_memory()
    limit = _whole(_CGROUP / "memory.max")
    used = _whole(_CGROUP / "memory.current") or 0
    free_b = told.available if limit is None else min(told.available, max(limit - used, 0))
    total_b = told.total if limit is None else min(told.total, limit)
    said = f"{free_b / _GIB:.1f} GiB free of {total_b / _GIB:.1f} GiB"
    if free_b < _LITTLE_B:
        return [problem("memory", said, "large replays and sweeps may be killed", "end other programs")]
    return [ok("memory", said)]


def compiler() -> list[Finding]:
    """Look for a C compiler."""
    for name in ("cc", "gcc", "clang"):
        if found := shutil.which(name):
            return [ok("C compiler", found, "needed by some of the project's own tests alone")]
    return [missing("C compiler", "none on the path", "needed by some of the project's own tests alone")]


def _limit_of_cores() -> float | None:
    """Cores that the control group allows; None for all."""
    for file, at in ((_CGROUP / "cpu.max", 0), (_CGROUP / "cpu" / "cpu.cfs_quota_us", None)):
        with suppress(OSError, ValueError, IndexError):
            if at is None:
                quota, period = int(file.read_text()), int((file.parent / "cpu.cfs_period_us").read_text())
            else:
                quota, period = map(int, file.read_text().split())
            if quota > 0:
                return quota / period
    return None


def _whole(file: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(file.read_text())
    return None
