"""Put a file into place whole, or not at all; what a dead writer left behind is known by its lock.

A temporary file lies beside the one that it becomes, and is locked while it is written: the kernel lets go of the lock
however the writer ends, on this machine and on others that share the folder.
"""

from __future__ import annotations

import fcntl
import itertools
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.explore.shards.info import SHARDS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["put", "remove_unfinished", "sync_folder"]

_SUFFIX = ".unfinished"
_numbers = itertools.count()


def put(data: bytes | memoryview, path: Path) -> None:
    """Write a new file.

    Parameters
    ----------
    data
        What it holds.
    path
        Where; nothing may be there.

    Raises
    ------
    FileExistsError
        If something is there.
    OSError
        If it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{next(_numbers)}{_SUFFIX}")
    descriptor = _locked(temporary)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
        _appear(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
        os.close(descriptor)
    sync_folder(path.parent)


def _locked(temporary: Path) -> int:
    """Make the file and lock it; begin again if somebody took it for a dead writer's in between."""
    while True:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.exists(temporary) and os.path.samestat(os.stat(temporary), os.fstat(descriptor)):  # noqa: PTH110, PTH116  # the same file, not a path
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _appear(temporary: Path, path: Path) -> None:
    """Give the file its name, unless another has it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the gap between the two steps is the smallest there is
        if path.exists():
            raise FileExistsError(path) from None
        temporary.rename(path)


def remove_unfinished(folder: Path) -> int:
    """Remove temporary files whose writers are gone, and count them; those of living ones stay."""
    removed = 0
    for file in (folder / SHARDS).glob(f".*{_SUFFIX}"):
        with suppress(OSError):
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()
                removed += 1
            finally:
                os.close(descriptor)
    return removed


def sync_folder(folder: Path) -> None:
    """Make sure that a name outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
