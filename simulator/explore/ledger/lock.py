"""One driver at a time for a sweep's folder.

The kernel lets go of the lock however its holder ends, so that a dead driver never holds up the next one.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import FolderInUseError
from simulator.explore.ledger.trouble import explained

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOCK", "FolderLock", "Holder", "holder"]

#: Name of the file.
LOCK = "driver.lock"
#: A process that only asks who holds the lock does so for microseconds; whoever wants it tries again for this long [s].
_PATIENCE_S = 0.05
_held: set[int] = set()


class Holder(NamedTuple):
    """Who runs the sweep of a folder.

    Parameters
    ----------
    pid
        Its process; 0 if that is not known.
    started
        Since when, in words.
    command
        How it was started.
    """

    pid: int
    started: str
    command: str


class FolderLock:
    """Hold a sweep's folder until `release`, or until this process ends.

    Parameters
    ----------
    folder
        The sweep's folder.

    Raises
    ------
    FolderInUseError
        If another driver holds it; the message says which.
    LedgerError
        If nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor: int | None = None
        with explained(folder):
            descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                if not _taken(descriptor):
                    raise _in_use(folder, _read(descriptor))
                said = Holder(os.getpid(), time.strftime("%Y-%m-%d %H:%M:%S"), " ".join(sys.argv) or "python")
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(said._asdict()).encode(), 0)
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        _held.add(descriptor)

    def release(self) -> None:
        """Let go; more than once does no harm."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor in _held:
            _held.discard(descriptor)
            os.close(descriptor)


def holder(folder: Path) -> Holder | None:
    """Tell who runs the sweep of a folder; None if nobody does."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        else:
            return True


def _read(descriptor: int) -> Holder:
    try:
        said = json.loads(os.pread(descriptor, 65536, 0))
        return Holder(int(said["pid"]), str(said["started"]), str(said["command"]))
    except (ValueError, KeyError, TypeError):
        return Holder(0, "a moment ago", "unknown")


def _in_use(folder: Path, by: Holder) -> FolderInUseError:
    return FolderInUseError(
        f"{folder} is in use: process {by.pid} ({by.command}) runs its sweep since {by.started}; wait for its end, stop"
        f" it with `kill {by.pid}`, or choose another folder. To watch it, use the commands that only read"
    )


def _forget() -> None:
    """Close the locks in a forked child: it would hold them beyond the driver's end."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget)
