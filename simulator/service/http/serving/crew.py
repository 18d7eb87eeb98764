"""Several processes that serve one socket: whoever dies is replaced."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from simulator.errors import ServiceError
from simulator.service.http.serving.process import ENDED_BY, GRACE_S, work

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from types import FrameType

    from simulator.service.settings import Settings

__all__ = ["Crew", "Worker"]

logger = logging.getLogger("simulator.service")

#: The pause before replacements begins anew once a process has lived for this long [s].
SHORT_S = 5.0

#: First and longest pause before replacements [s]; it doubles with each time that processes die soon.
FIRST_S, LONGEST_S = 0.1, 1.0

#: This many processes that could not start, one after another, and there is no point in going on.
HOPELESS = 8

#: Signals by which a process ends itself: faults in its own code.
FAULTS = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})


@dataclass
class Worker:
    """One of the processes."""

    process: BaseProcess
    says: Connection
    began_s: float
    is_ready: bool = False

    def hear(self) -> bool:
        """Tell whether it has said, since the last time, that it serves."""
        if self.is_ready or not self.says.poll():
            return False
        with suppress(EOFError):  # it is gone, and has not said so
            self.is_ready = bool(self.says.recv_bytes())
        return self.is_ready

    @property
    def could_not_start(self) -> bool:
        """Whether it ended before it served, and by itself: one that somebody else ended may have been sound."""
        code = self.process.exitcode
        return not self.is_ready and code is not None and (code > 0 or -code in FAULTS)

    @property
    def end(self) -> str:
        """How it ended, in words."""
        code = self.process.exitcode or 0
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"process {self.process.pid} {how}{'' if self.is_ready else ' before it served'}"


class Crew:
    """Processes that serve one socket.

    Parameters
    ----------
    settings
        Settings of the server.
    opened
        The socket to take connections from.
    size
        How many processes.
    """

    def __init__(self, settings: Settings, opened: socket.socket, size: int) -> None:
        self._settings = settings
        self._opened = opened
        self._size = size
        self._context = multiprocessing.get_context("spawn")  # forks of a process with threads may hang
        self._theirs, self._lifeline = self._context.Pipe(duplex=False)
        self._workers: list[Worker] = []
        self._failures = 0
        self._pause_s = 0.0
        self._signals: list[int] = []
        self._woken, self._waker = socket.socketpair()

    def run(self) -> int:
        """Serve until a signal ends it; returns its number.

        Raises
        ------
        ServiceError
            If processes cannot start, again and again. Those that somebody kills are replaced for ever.
        """
        before = {number: signal.signal(number, self._note) for number in ENDED_BY}
        try:
            with tempfile.TemporaryDirectory(prefix="simulator-serve-") as counts:
                try:
                    self._keep_up(counts)
                finally:
                    self._end()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return self._signals[0]

    def _keep_up(self, counts: str) -> None:
        while not self._signals:
            while len(self._workers) < self._size:
                self._start(counts)
            wait([self._woken, *(worker.process.sentinel for worker in self._workers)])
            dead = [worker for worker in self._workers if worker.process.exitcode is not None]
            if sum(worker.hear() for worker in self._workers):
                self._failures = 0
            if dead and not self._signals:
                self._bury(dead)
                wait([self._woken], timeout=self._pause_s)

    def _start(self, counts: str) -> None:
        level = logging.getLogger("simulator").level
        says, ready = self._context.Pipe(duplex=False)
        arguments = (self._settings, self._opened, self._theirs, ready, counts, level)
        process = self._context.Process(target=work, args=arguments, name="simulator-serve")
        with ready:  # the process has its own: this end would keep its death from being seen
            process.start()
        self._workers.append(Worker(process, says, time.monotonic()))

    def _bury(self, dead: list[Worker]) -> None:
        longest_s = 0.0
        for worker in dead:
            self._workers.remove(worker)
            worker.says.close()
            longest_s = max(longest_s, time.monotonic() - worker.began_s)
            self._failures += worker.could_not_start
            logger.warning("%s; another takes its place", worker.end)
        self._pause_s = 0.0 if longest_s > SHORT_S else min(max(2 * self._pause_s, FIRST_S), LONGEST_S)
        if self._failures >= HOPELESS:
            raise ServiceError(
                f"{self._failures} processes, one after another, ended before they served; what is in their way is "
                "said above"
            )

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals.append(number)
        self._waker.send(b"\0")

    def _end(self) -> None:
        """End all processes: they answer the requests that they have, and are killed if that takes too long."""
        processes = [worker.process for worker in self._workers]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + GRACE_S + 5
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()
        self._lifeline.close()
        self._theirs.close()
