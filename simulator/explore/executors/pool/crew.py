"""All workers of a pool: they are hired, listened to, dismissed, and mourned."""

from __future__ import annotations

import selectors
import signal
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.errors import ExecutorError
from simulator.explore.executors.pool.handle import Worker
from simulator.explore.executors.pool.parent import Nursery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Crew", "Died", "Said"]


class Said(NamedTuple):
    """A worker said something; see `simulator.explore.executors.pool.wire`."""

    worker: Worker
    number: int
    kind: bytes
    body: bytes


class Died(NamedTuple):
    """A worker has ended; everything that it said was passed on before.

    Parameters
    ----------
    worker
        Which one.
    how
        In words.
    first
        False if others, of whom was told before, died of the very same.
    """

    worker: Worker
    how: str
    first: bool = True


class Crew:
    """Workers on this machine, and the process that they come from.

    Parameters
    ----------
    folder
        The sweep's folder.

    Raises
    ------
    ExecutorError
        That process cannot be started.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: list[Worker] = []
        self._unborn: deque[Worker] = deque()
        self._loaded: set[str] = set()
        self._selector = selectors.DefaultSelector()
        self._found()

    def _found(self) -> None:
        self._nursery = Nursery()
        self._selector.register(self._nursery.connection, selectors.EVENT_READ, None)
        self._nursery.load(self._loaded)

    def load(self, modules: Iterable[str]) -> None:
        """Have modules imported where workers come from, so that those hired from now on have them."""
        unknown = set(modules) - self._loaded
        if unknown:
            self._loaded |= unknown
            self._nursery.load(sorted(unknown))

    def hire(self) -> Worker:
        """Give a new worker, which can be given chunks at once."""
        worker = Worker(self._nursery, self._folder)
        self.workers.append(worker)
        self._unborn.append(worker)
        self._selector.register(worker.connection, selectors.EVENT_READ, worker)
        return worker

    def dismiss(self, worker: Worker) -> None:
        """Have a worker ended, whatever it does."""
        worker.ending = True
        if worker.pid is not None:
            self._nursery.end(worker.pid)

    def listen(self, timeout_s: float) -> Iterator[Said | Died]:
        """Wait until something happens, or is to be written, and tell what it was.

        Parameters
        ----------
        timeout_s
            How long to wait [s].

        Raises
        ------
        ExecutorError
            No worker can be made.
        """
        for worker in self.workers:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.outgoing else 0)
            with suppress(KeyError):  # it has hung up
                if self._selector.get_key(worker.connection).events != events:
                    self._selector.modify(worker.connection, events, worker)
        for key, events in self._selector.select(timeout_s):
            worker = key.data
            if worker is None:
                yield from self._hear_nursery()
            elif worker in self.workers:
                if events & selectors.EVENT_WRITE:
                    worker.outgoing.write()
                yield from self._hear(worker)

    def _hear(self, worker: Worker) -> Iterator[Said]:
        for number, kind, body in worker.said():
            yield Said(worker, number, kind, body)
        if worker.hung_up:  # how it ended is told by its parent
            with suppress(KeyError):
                self._selector.unregister(worker.connection)

    def _hear_nursery(self) -> Iterator[Said | Died]:
        news = self._nursery.news()
        if news is None:
            yield from self._begin_anew()
            return
        for what in news:
            if "born" in what:
                worker = self._unborn.popleft()
                worker.pid = what["born"]
                if worker.ending:
                    self.dismiss(worker)
            elif "ended" in what:
                worker = next(worker for worker in self.workers if worker.pid == what["ended"])
                yield from self._bury(worker, _how(what))
            else:
                raise ExecutorError(f"no worker can be made: {what['failed']}")

    def _bury(self, worker: Worker, how: str, *, first: bool = True) -> Iterator[Said | Died]:
        yield from self._hear(worker)
        with suppress(KeyError):
            self._selector.unregister(worker.connection)
        self.workers.remove(worker)
        worker.close()
        yield Died(worker, how, first)

    def _begin_anew(self) -> Iterator[Said | Died]:
        """Replace the process that workers come from, which was killed; they died with it."""
        how = f"died with the process that it came from: {self._nursery.last_words()}"
        self._selector.unregister(self._nursery.connection)
        self._nursery.stop()
        self._unborn.clear()
        dead = list(self.workers)
        self._found()
        for worker in dead:
            yield from self._bury(worker, how, first=worker is dead[0])

    def last_words(self) -> str:
        """Give the last line that workers wrote outside of cells, why they cannot begin, say."""
        return self._nursery.last_words()

    def stop(self) -> None:
        """End all workers and what they have started."""
        self._selector.close()
        for worker in self.workers:
            worker.close()
        self.workers.clear()
        self._nursery.stop()


def _how(what: dict[str, Any]) -> str:
    """Say how a process ended."""
    who, status = f"pid {what['ended']}", what["status"]
    if not what["killed"]:
        return f"{who} ended with exit code {status}"
    try:
        name = f"signal {status} ({signal.Signals(status).name})"
    except ValueError:  # a real-time signal
        name = f"signal {status}"
    hint = ", as the system does when memory runs out" if status == signal.SIGKILL else ""
    return f"{who} was killed by {name}{hint}"
