"""What a job of Slurm does: it runs a chunk, and goes back into the queue when its time is up."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

from submitit.core.job_environment import JobEnvironment
from submitit.helpers import Checkpointable

from simulator.explore.executors.away import Notes, whoami
from simulator.explore.executors.base import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from simulator.explore.chunk import Report

__all__ = ["ChunkRun"]


class _LeavingError(SystemExit):
    """The job ends before its chunk does; it carries the reason unless it is queued again."""

    why: str | None = None


class ChunkRun(Checkpointable):
    """Runs a chunk that lies in the sweep's folder.

    submitit calls `checkpoint` when the job's time is up or another job goes before it, and puts the job into the queue
    again. The next time, `run_chunk` skips what the chunk's shards hold.

    Parameters
    ----------
    folder
        The sweep's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, key: str) -> None:
        """Run a chunk, and leave a note when it is over.

        Parameters
        ----------
        key
            Which chunk.
        """
        if int(os.environ.get("SLURM_PROCID", "0")):  # a job of several processes runs its cells in the first
            return
        notes = Notes(self._folder, "slurm")
        if notes.get(key, "end") or not notes.path(key, "chunk").exists():  # it is over, or nobody wants it any more
            return
        notes.put(key, "begun", job=JobEnvironment().job_id, **whoami())
        self._obey_signals(notes, key)
        shards: list[str] = []
        why = None
        try:
            self._run(notes, key, shards)
        except _LeavingError as leaving:
            if leaving.why is None:
                raise
            why = leaving.why
        except Exception as error:  # whatever it is, the driver is to read it
            why = f"{type(error).__name__}: {error}"
            notes.put(key, "end", shards=shards, why=why)
            raise
        notes.put(key, "end", shards=shards, why=why)

    def _run(self, notes: Notes, key: str, shards: list[str]) -> None:
        for name, value in ONE_THREAD.items() if os.environ.get("SLURM_CPUS_PER_TASK", "1") == "1" else ():
            os.environ.setdefault(name, value)
        from simulator.explore.work import run_chunk

        chunk = notes.get_chunk(key)
        passes = partial(_is, kind=_LeavingError)
        run_chunk(chunk, self._folder, partial(_collect, shards), own_process=True, passes=passes)

    def _obey_signals(self, notes: Notes, key: str) -> None:
        """Let submitit's handlers end the chunk in a way that a cell's own ``except`` does not catch."""
        number = JobEnvironment._usr_sig()
        requeue = signal.getsignal(number)
        if callable(requeue):
            signal.signal(number, partial(_leave, requeue))
            signal.signal(signal.SIGTERM, partial(_end_if_cancelled, notes, key))


def _leave(requeue: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None) -> None:
    leaving = _LeavingError(1)
    try:
        requeue(number, frame)
    except SystemExit:  # it is in the queue again
        pass
    except Exception as error:  # not, and the driver is to read why
        leaving.why = f"it had to end early, and could not be queued again: {error}"
    raise leaving


def _end_if_cancelled(notes: Notes, key: str, number: int, frame: FrameType | None) -> None:
    """End at once if nobody wants this any more; otherwise the signal announces another one, which is obeyed."""
    if not notes.path(key, "chunk").exists():
        os._exit(128 + number)


def _is(error: BaseException, kind: type[BaseException]) -> bool:
    return isinstance(error, kind)


def _collect(shards: list[str], report: Report) -> None:
    if report.kind == "shard" and report.shard is not None:
        shards.append(report.shard.name)
