"""Who holds something, so that everybody can see whether they still live.

A process is known by its number and the time at which it started, counted from the machine's start, because numbers
are used again and clocks are set. Numbers mean something only on one start of one machine, among the processes that
see one another; whoever lives elsewhere is alive as long as somebody says so often enough.
"""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simulator.state_dir import boot_id

__all__ = ["Holder", "is_alive", "machine", "place"]


class Holder(NamedTuple):
    """Who holds a lease.

    Parameters
    ----------
    machine
        Where: a machine's name for itself, that outlives its restarts. Empty for whoever can be on any machine.
    place
        Which start of it, and whose numbers of processes.
    pid
        Number of the process; 0 for what is no process here.
    started
        When it started, in the system's own unit, counted from the machine's start.
    name
        For people; for what is no process here, what it is: ``slurm job 12``.
    """

    machine: str
    place: str
    pid: int
    started: float
    name: str

    @classmethod
    def process(cls, pid: int | None = None) -> Holder:
        """Name a process of this machine; this one by default.

        Raises
        ------
        ProcessLookupError
            If there is none.
        """
        pid = os.getpid() if pid is None else pid
        started = _started(pid)
        if started is None:
            raise ProcessLookupError(f"there is no process {pid}")
        return cls(machine(), place(), pid, started, f"process {pid} on {platform.node()}")

    @classmethod
    def remote(cls, name: str) -> Holder:
        """Name something that cannot be looked at from here, such as a job of Slurm."""
        return cls("", "", 0, 0, name)


def is_alive(holder: Holder) -> bool | None:
    """Say whether a holder lives; None if that cannot be seen from here."""
    if holder.pid == 0 or holder.machine != machine():
        return None
    if holder.place != place():
        same_start = holder.place.partition(" ")[0] == boot_id()
        return None if same_start else False  # in another container, or before the machine was started again
    return _started(holder.pid) == holder.started


@cache
def machine() -> str:
    """Name this machine, also after its next start; with its host name, because images carry their id to many."""
    with suppress(OSError, UnicodeDecodeError):
        return f"{Path('/etc/machine-id').read_text(encoding='ascii').strip()} {platform.node()}"
    return platform.node()


def place() -> str:
    """Name this start of this machine, and the set of processes whose numbers mean something here."""
    try:
        numbers = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbers = ""
    return f"{boot_id()} {numbers}"


def _started(pid: int) -> float | None:
    """Find when a process started; None if it has ended, also if nobody has asked for its exit status yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _started_elsewhere(pid)
    state, *fields = stat.rpartition(b")")[2].split()  # the name before it may hold anything; proc(5)
    return None if state in (b"Z", b"X", b"x") else int(fields[18])


def _started_elsewhere(pid: int) -> float | None:
    """Find when a process started, on a system without ``/proc``."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
