"""One controller at a time for a collection's folder."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LOCK_FILE", "held"]

#: Names the process that holds a folder; it stays when that ends.
LOCK_FILE = ".lock"


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold a folder; the kernel lets go of it however this process ends.

    Raises
    ------
    CollectError
        If another controller holds it, or it cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(out / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as cause:
        raise CollectError(f"{out} cannot be used: {cause.strerror}; name another --out") from cause
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise CollectError(
                f"another collection writes to {out} (process {holder}): wait for its end, or name another --out"
            ) from cause
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
