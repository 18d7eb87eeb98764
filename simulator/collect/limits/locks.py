"""One lock a GPU: held by a controller and its guardian, and by nobody once both are dead, however they died.

The kernel drops a lock with the last process that holds it, so that nothing must be guessed from numbers of processes,
which are used again, and mean nothing across containers.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import GpuInUseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["locked"]

#: How often to try again [s].
_PAUSE_S = 0.02


@contextmanager
def locked(folder: Path, uuids: Iterable[str], *, wait_s: float = 0.0) -> Iterator[tuple[int, ...]]:
    """Hold the locks of GPUs.

    Parameters
    ----------
    folder
        Where locks lie; it is made if missing.
    uuids
        The GPUs.
    wait_s
        How long to wait for a guardian to give back what a dead controller left [s].

    Yields
    ------
    tuple of int
        Open files; a child process that inherits them holds the locks too.

    Raises
    ------
    GpuInUseError
        If another collection holds one of them.
    OSError
        If there can be no lock here.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_s
    held: list[int] = []
    try:
        for uuid in sorted(set(uuids)):  # in one order everywhere, so that no two wait for each other
            held.append(os.open(folder / f"{uuid}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            _take(held[-1], uuid, deadline)
        yield tuple(held)
    finally:
        for descriptor in held:
            os.close(descriptor)


def _take(descriptor: int, uuid: str, deadline: float) -> None:
    """Take one lock, and write into it who holds it."""
    while not _try(descriptor):
        if time.monotonic() >= deadline:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise GpuInUseError(
                f"another collection sets the power limit of {uuid} (process {holder}, or its guardian): "
                "wait for its end, or choose another GPU"
            )
        time.sleep(_PAUSE_S)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
