"""Several processes that serve one socket: whoever dies is replaced."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import tempfile
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from simulator.errors import ServiceError
from simulator.service.http.serving.process import ENDED_BY, GRACE_S, work

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from types import FrameType

    from simulator.service.settings import Settings

__all__ = ["Crew"]

logger = logging.getLogger("simulator.service")

#: A process that lived for less than this [s] did not get to serve, and its replacement waits longer.
SHORT_S = 5.0

#: Longest pause before a replacement [s].
LONGEST_S = 5.0

#: This many deaths without service, one after another, and there is no point in going on.
HOPELESS = 8


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
        self._processes: dict[BaseProcess, float] = {}
        self._failures = 0
        self._signals: list[int] = []
        self._woken, self._waker = socket.socketpair()

    def run(self) -> int:
        """Serve until a signal ends it; returns its number.

        Raises
        ------
        ServiceError
            If the processes die before they serve, again and again.
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
            while len(self._processes) < self._size:
                self._start(counts)
            wait([self._woken, *(process.sentinel for process in self._processes)])
            dead = [process for process in self._processes if process.exitcode is not None]
            for process in dead:
                self._bury(process)
            if dead and not self._signals:
                wait([self._woken], timeout=min(0.05 * 2**self._failures, LONGEST_S) if self._failures else 0)

    def _start(self, counts: str) -> None:
        level = logging.getLogger("simulator").level
        process = self._context.Process(
            target=work, args=(self._settings, self._opened, self._theirs, counts, level), name="simulator-serve"
        )
        process.start()
        self._processes[process] = time.monotonic()

    def _bury(self, process: BaseProcess) -> None:
        lived_s = time.monotonic() - self._processes.pop(process)
        self._failures = self._failures + 1 if lived_s < SHORT_S else 0
        if self._signals:
            return
        logger.warning("process %s ended with code %s; another takes its place", process.pid, process.exitcode)
        if self._failures >= HOPELESS:
            raise ServiceError("processes end again and again before they serve; what is in their way is said above")

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals.append(number)
        self._waker.send(b"\0")

    def _end(self) -> None:
        """End all processes: they answer the requests that they have, and are killed if that takes too long."""
        for process in self._processes:
            process.terminate()
        deadline = time.monotonic() + GRACE_S + 5
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()
        self._lifeline.close()
        self._theirs.close()
