"""What a worker of Dask does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from simulator.explore.executors.away import Notes, unpack, whoami

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.explore.chunk import Report

__all__ = ["BeganBeforeError", "run_once"]


#: Held while a chunk runs: folder, environment, streams and generators of random numbers are the whole process's, so
#: that threads would get into one another's results.
_ALONE = threading.Lock()


class BeganBeforeError(Exception):
    """A chunk began before and did not end: whoever ran it died, and Dask began it again by itself."""


def run_once(packed: bytes, key: str, folder: Path) -> list[str]:
    """Run a chunk unless somebody has begun it; who tries again, and how often, is for the driver to say.

    Parameters
    ----------
    packed
        The chunk, as `simulator.explore.executors.away.pack` gave it.
    key
        Its name.
    folder
        The sweep's folder.

    Returns
    -------
    list of str
        Names of its shards.

    Raises
    ------
    BeganBeforeError
        Somebody has.
    OSError
        Results cannot be written.
    """
    with _ALONE:
        return _run(packed, key, folder)


def _run(packed: bytes, key: str, folder: Path) -> list[str]:
    from distributed import get_worker

    from simulator.explore.work import run_chunk

    notes = Notes(folder, "dask")
    notes.make()
    if not notes.claim(key, "begun", worker=get_worker().address, **whoami()):
        begun = notes.get(key, "begun") or {}
        raise BeganBeforeError(f"worker {begun.get('worker')} (pid {begun.get('pid')}) died while it ran this")
    shards: list[str] = []

    def collect(report: Report) -> None:
        if report.kind == "shard" and report.shard is not None:
            shards.append(report.shard.name)

    run_chunk(unpack(packed), folder, collect)
    return shards
