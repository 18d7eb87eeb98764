"""Runs chunks on Dask: on workers started here, on those of a running scheduler, or in jobs of Slurm.

A chunk is one task that Dask never tries again by itself. Results lie in shards in the sweep's folder, which workers
must see; through Dask go the chunk, and that it is over.
"""

from __future__ import annotations

import itertools
import logging
import os
import queue
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from distributed import KilledWorker

from simulator.errors import ConfigError
from simulator.explore.chunk import Report
from simulator.explore.executors.away import Changes, NewShards, Notes, pack, pid_here
from simulator.explore.executors.base import CANCELLED_WHY, Executor
from simulator.explore.executors.dask.task import BeganBeforeError, run_once
from simulator.explore.executors.dask.workers import CONNECT_S, Workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from simulator.explore.chunk import Chunk

__all__ = ["Dask"]

_logger = logging.getLogger("simulator.explore")

#: How often files are looked at while somebody waits [s].
PAUSE_S = 0.1


class Dask(Executor):
    """Workers of Dask.

    Parameters
    ----------
    workers
        How many to start; None for one a core on this machine, or 4 jobs of Slurm.
    address
        Of a scheduler that runs, such as ``tcp://10.0.0.1:8786``; nothing is started, nor ended.
    cluster
        ``"slurm"``: workers are jobs of Slurm, with the settings of the first chunk.
    interface
        For ``cluster``, the network interface by which machines reach one another.
    settings
        For ``cluster``, settings of Slurm as a launcher takes them; those of the plan win.

    Raises
    ------
    ConfigError
        If these contradict one another.

    Examples
    --------
    >>> Dask(workers=2).capacity
    4
    """

    name = "dask"

    def __init__(
        self,
        workers: int | None = None,
        address: str | None = None,
        cluster: str | None = None,
        interface: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        if cluster not in (None, "slurm"):
            raise ConfigError(f"executor 'dask' knows no cluster {cluster!r}; there is slurm, or None for this machine")
        if address is not None and (cluster is not None or workers is not None):
            raise ConfigError("executor 'dask': address names workers that run already; leave out cluster and workers")
        self._number = workers or (4 if cluster else len(os.sched_getaffinity(0)))
        self._address = address
        self._kind = cluster
        self._interface = interface
        self._settings = dict(settings or {})
        self._workers: Workers | None = None
        self._futures: dict[str, Any] = {}
        self._begun: set[str] = set()
        self._numbers = itertools.count()  # Dask may remember a result for a moment under the task's name
        self._over: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reports: list[Report] = []

    def start(self, folder: Path) -> None:
        """Start workers, or call the scheduler; workers in jobs of Slurm are started with the first chunk.

        Raises
        ------
        ExecutorError
            The scheduler does not answer.
        """
        self._folder = folder.resolve()
        self._notes = Notes(self._folder, self.name)
        self._notes.make()
        self._changes = Changes(self._notes.folder), Changes(self._folder / "shards")
        self._shards = NewShards(self._folder)
        self._workers = Workers(self._notes.folder, self._number)
        if self._address is not None:
            self._workers.call(self._address)
        elif self._kind is None:
            self._workers.start_here()

    @property
    def capacity(self) -> int:
        """Two for each worker: one runs, one waits."""
        return 2 * (self._workers.running if self._workers is not None else self._number)

    def submit(self, chunks: Sequence[Chunk]) -> None:
        """Hand each chunk to Dask as one task.

        Raises
        ------
        ExecutorError
            The scheduler is lost, or Slurm takes no jobs for workers.
        """
        assert self._workers is not None, "start() comes first"
        for chunk in chunks:
            if self._workers.client is None:
                self._workers.start_in_slurm({**self._settings, **chunk.settings}, self._interface)
            future = self._workers.client.submit(
                run_once,
                pack(chunk),
                chunk.key,
                self._folder,
                key=f"{chunk.key}-{next(self._numbers)}",
                pure=False,
                retries=0,
            )
            self._futures[chunk.key] = future
            future.add_done_callback(lambda _, key=chunk.key: self._over.put(key))

    def poll(self, timeout_s: float) -> list[Report]:
        """Tell what happened.

        Raises
        ------
        ExecutorError
            The scheduler is lost, or workers die whenever they are started.
        """
        assert self._workers is not None, "start() comes first"
        until_s = time.monotonic() + timeout_s
        while True:
            self._workers.check()
            self._read_files()
            self._read_ends(max(0.0, min(PAUSE_S, until_s - time.monotonic())) if not self._reports else 0.0)
            if self._reports or time.monotonic() >= until_s:
                break
        reports, self._reports = self._reports, []
        return reports

    def _read_files(self) -> None:
        notes, shards = (each.any() for each in self._changes)
        if not self._futures or not (notes or shards):
            return
        names = {path.name for path in self._notes.folder.iterdir()}
        for key in self._futures:
            if key not in self._begun and f"{key}.begun" in names:
                self._begin(key)
            if key in self._begun and shards:
                self._reports += self._shards.of(key)

    def _begin(self, key: str) -> dict[str, Any]:
        note = self._notes.get(key, "begun") or {}
        if key not in self._begun:
            self._begun.add(key)
            self._reports.append(Report(key, "started", who=f"worker {note.get('worker')}", pid=pid_here(note)))
        return note

    def _read_ends(self, timeout_s: float) -> None:
        """Take what Dask says is over, for no longer than this."""
        with suppress(queue.Empty):
            key = self._over.get(timeout=timeout_s) if timeout_s else self._over.get_nowait()
            while True:
                if key in self._futures:
                    self._end(key)
                key = self._over.get_nowait()

    def _end(self, key: str) -> None:
        assert self._workers is not None, "start() comes first"
        future = self._futures[key]
        if future.status == "finished":
            self._begin(key)
            self._finish(key, None)
            return
        error = future.exception(timeout=CONNECT_S) if future.status == "error" else None
        if error is None and self._workers.client.status != "running":
            return  # that is the scheduler's end, not the chunk's
        self._finish(key, self._why(key, error))

    def _why(self, key: str, error: BaseException | None) -> str:
        note = self._notes.get(key, "begun") or {}
        if error is None:
            return "Dask dropped it: its scheduler was restarted, or somebody cancelled it"
        if isinstance(error, KilledWorker):
            local = self._workers.local if self._workers is not None else None
            how = local.how_died(note["pid"]) if local is not None and "pid" in note else None
            who = f"worker {error.last_worker.address} (pid {note.get('pid', 'unknown')})"
            return f"{who} died while it had this" + (f": {how}" if how else "")
        if isinstance(error, BeganBeforeError):
            return str(error)
        return f"{type(error).__name__}: {error}"

    def _finish(self, key: str, why: str | None) -> None:
        """Tell the end of a chunk, after its last shards."""
        self._reports += self._shards.of(key)
        self._reports.append(Report(key, "ended" if why is None else "lost", why=why))
        self._shards.forget(key)
        self._begun.discard(key)
        self._notes.remove(key, ["begun"])
        del self._futures[key]

    def cancel(self, keys: Iterable[str]) -> None:
        """Cancel tasks; workers of ours that run one are started again, others go on with it in vain."""
        unwanted = [key for key in set(keys) if key in self._futures]
        if not unwanted or self._workers is None:
            return
        running = [key for key in unwanted if self._futures[key].status == "pending"]
        self._workers.client.cancel([self._futures[key] for key in unwanted], force=True)
        self._workers.end([note for key in running if (note := self._notes.get(key, "begun"))])
        for key in unwanted:
            self._finish(key, CANCELLED_WHY)

    def stop(self) -> None:
        """Cancel what waits or runs, and end the workers that were started here."""
        if self._workers is not None:
            self._workers.close(list(self._futures.values()))
        self._futures = {}
