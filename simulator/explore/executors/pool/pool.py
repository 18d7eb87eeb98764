"""Hands chunks to workers, and replaces those that die."""

from __future__ import annotations

import os
import pickle
import time
from collections import deque
from typing import TYPE_CHECKING

from simulator.errors import ConfigError, ExecutorError
from simulator.explore.chunk import Report
from simulator.explore.executors.base import CANCELLED_WHY, Executor
from simulator.explore.executors.pool.crew import Crew, Died, Said
from simulator.explore.executors.pool.parcels import Packer, Parcel
from simulator.explore.executors.pool.wire import BEGUN, LOST, REPORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simulator.explore.chunk import Chunk
    from simulator.explore.executors.pool.handle import Worker

__all__ = ["Pool"]

#: Chunks a worker has: one that it runs and one that waits for it.
AHEAD = 2
#: After so many workers in a row that died before they began anything, something is wrong with all of them.
STILLBORN = 3


class Pool(Executor):
    """Processes on this machine, which die with this one, at once and whatever kills it.

    They are forked from a process that has imported pandas and pyarrow, so a new one takes milliseconds. A worker that
    is killed, or that a cell takes down with it, is replaced, and only the chunk that it ran is reported as ``lost``.

    Libraries that calculate in several threads are told to use one in each worker, unless the environment says
    otherwise (``OMP_NUM_THREADS`` and its like): four workers with four threads each get in one another's way.
    What cells start is ended with their worker, unless it made itself a session or a process group of its own.

    A class of tasks may name modules that are slow to import and harmless to fork, in ``PRELOAD``, a tuple of names;
    they are imported once, before workers are forked. What starts threads or opens a GPU does not belong there.

    Scripts need no ``if __name__ == "__main__"``: nothing of the driver's program is imported by workers; classes
    that only it knows travel by value.

    Parameters
    ----------
    workers
        How many processes; by default, as many as this process may use CPUs.

    Raises
    ------
    ConfigError
        There are no workers.
    """

    name = "pool"

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigError(f"a pool of {workers} workers runs nothing; it needs at least 1")
        self._size = workers or _cpus()
        self._crew: Crew | None = None
        self._parcels: dict[int, Parcel] = {}
        self._waiting: deque[int] = deque()
        self._unwanted: set[int] = set()
        self._reports: list[Report] = []
        self._number = 0
        self._stillborn = 0

    def start(self, folder: Path) -> None:
        """Start the process that workers are forked from; they come with the first chunks."""
        self._folder = folder
        self._packer = Packer(folder)
        self._crew = Crew(folder)

    @property
    def capacity(self) -> int:
        """Twice the number of workers, so that each finds its next chunk when it is done with one."""
        return AHEAD * self._size

    def submit(self, chunks: Sequence[Chunk]) -> None:
        """Take chunks; cells that cannot be sent fail, and the others go without them."""
        assert self._crew is not None, "start() comes first"
        for chunk in chunks:
            self._number += 1
            self._parcels[self._number] = self._packer.parcel(chunk)
            self._waiting.append(self._number)
        for kind in {type(cell) for chunk in chunks for cell in chunk.cells}:
            self._crew.load(getattr(kind, "PRELOAD", ()))
        self._hand_out(self._crew)

    def _hand_out(self, crew: Crew) -> None:
        """Give waiting chunks to those who have least to do, and take from who has two for who has none."""
        fit = [worker for worker in crew.workers if not worker.ending]
        while len(fit) < self._size and len(self._waiting) > sum(not worker.given for worker in fit):
            fit.append(crew.hire())
        while self._waiting and fit:
            worker = min(fit, key=lambda worker: len(worker.given))
            if len(worker.given) >= AHEAD:
                return
            self._give(worker, self._waiting.popleft())
        busy = [worker for worker in fit if len(worker.given) > 1]
        for idle in (worker for worker in fit if not worker.given):
            taken = next((taken for worker in busy if (taken := worker.take_back(worker.given[1:]))), [])
            for number in taken:
                self._give(idle, number)

    def _give(self, worker: Worker, number: int) -> None:
        parcel = self._parcels[number]
        worker.give(number, parcel.packed, parcel.classes)

    def poll(self, timeout_s: float) -> list[Report]:
        """Listen to workers, and keep them busy.

        Parameters
        ----------
        timeout_s
            How long to wait for something to happen [s].

        Returns
        -------
        list of Report
            What happened.

        Raises
        ------
        ExecutorError
            No worker can be made, or those who are made die before they begin anything.
        """
        until = time.monotonic() + timeout_s
        while self._crew is not None:
            left_s = 0.0 if self._reports else max(0.0, until - time.monotonic())
            for event in self._crew.listen(left_s):
                if isinstance(event, Died):
                    self._died(self._crew, event)
                else:
                    self._said(event)
            self._hand_out(self._crew)
            if self._reports or not left_s:
                break
        reports, self._reports = self._reports, []
        return reports

    def _said(self, said: Said) -> None:
        """Pass on what a worker says."""
        worker, number, kind, body = said
        if kind == BEGUN:
            self._stillborn = 0
            # It may say so before its parent says that it was born.
            worker.begun, worker.of_use, worker.pid = number, True, int(body)
            key = self._parcels[number].chunk.key
            self._reports.append(Report(key, "started", who=f"pid {worker.pid}", pid=worker.pid))
        elif kind == REPORT:
            report = pickle.loads(body)  # noqa: S301  # comes from our own worker
            self._reports.append(report)
            if report.kind == "ended":
                self._over(worker, number)
        elif kind == LOST:
            why = body.decode()
            self._reports.append(Report(self._over(worker, number).key, "lost", why=why))
        else:
            self._unreadable(self._over(worker, number), *pickle.loads(body))  # noqa: S301  # likewise

    def _over(self, worker: Worker, number: int) -> Chunk:
        worker.given.remove(number)
        worker.begun = None
        self._unwanted.discard(number)
        return self._parcels.pop(number).chunk

    def _unreadable(self, chunk: Chunk, error: str, traceback: str) -> None:
        """Let cells fail that a worker cannot read, because a module is missing there, say."""
        from simulator.explore.work import give_up

        give_up(chunk, self._folder, f"cannot be read by a worker: {error}", traceback, self._reports.append)
        self._reports.append(Report(chunk.key, "ended"))

    def _died(self, crew: Crew, died: Died) -> None:
        """Report what a worker ran as lost; what only waited for it waits again, first of all."""
        worker, how, first = died
        for number in reversed(worker.given):
            if number in self._unwanted:
                self._drop(number, CANCELLED_WHY)
            elif number == worker.begun and not worker.ending:
                self._drop(number, how)
            else:
                self._waiting.appendleft(number)
        if first and not worker.of_use and not worker.ending:
            self._stillborn += 1
            if self._stillborn >= STILLBORN:
                said = crew.last_words()
                why = how if said in how else f"{how}; {said}"
                raise ExecutorError(f"{STILLBORN} workers in a row died before they began anything: {why}")

    def _drop(self, number: int, why: str) -> None:
        self._unwanted.discard(number)
        self._reports.append(Report(self._parcels.pop(number).chunk.key, "lost", why=why))

    def cancel(self, keys: Iterable[str]) -> None:
        """Forget chunks that wait; end workers that run one, with what they have started."""
        if self._crew is None:
            return
        wanted = set(keys)
        numbers = {number for number, parcel in self._parcels.items() if parcel.chunk.key in wanted}
        forgotten = [number for number in self._waiting if number in numbers]
        self._waiting = deque(number for number in self._waiting if number not in numbers)
        for worker in self._crew.workers:
            forgotten += worker.take_back(numbers)
            running = numbers.intersection(worker.given)
            if running:
                self._unwanted |= running
                self._crew.dismiss(worker)
        for number in forgotten:
            self._drop(number, CANCELLED_WHY)

    def stop(self) -> None:
        """End all workers and what they have started; returns when they are gone."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop()
        self._parcels.clear()
        self._waiting.clear()


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
