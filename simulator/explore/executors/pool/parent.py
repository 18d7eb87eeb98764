"""The driver's side of the nursery."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from simulator.errors import ExecutorError
from simulator.explore.executors.base import ONE_THREAD
from simulator.explore.executors.pool.nursery import GRACE_S

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Nursery"]

#: Where the package lies.
_ROOT = Path(__file__).parents[4]

#: What the process runs. Its search path is this process's, from the first order on.
_PROGRAM = (
    "import sys; sys.path.insert(0, {root!r});"
    "from simulator.explore.executors.pool.nursery import main; main({fd}, {pid})"
)


class Nursery:
    """Starts the process that forks workers, tells it what to do, and hears how workers end.

    Raises
    ------
    ExecutorError
        It cannot be started.
    """

    def __init__(self) -> None:
        if not hasattr(os, "fork"):
            raise ExecutorError("the pool needs an operating system that can fork; use executor 'inline' or 'dask'")
        self.connection, theirs = socket.socketpair()
        program = _PROGRAM.format(root=str(_ROOT), fd=theirs.fileno(), pid=os.getpid())
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the process
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this very Python, without a shell
                [sys.executable, "-c", program],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                env=ONE_THREAD | os.environ,
                start_new_session=True,  # Ctrl-C, and a signal for the driver's whole group, are not for workers
            )
        except OSError as error:
            raise ExecutorError(f"the process that workers come from cannot be started: {error}") from error
        finally:
            theirs.close()
        self._lines = b""
        self._workers: set[int] = set()
        self._end = weakref.finalize(self, _end, os.getpid(), self._process, self.connection, self._workers, self._said)

    def load(self, modules: Iterable[str]) -> None:
        """Have modules imported before workers are forked; what goes wrong is left to the workers to say."""
        self._order(do="load", path=sys.path, modules=list(modules))

    def fork(self, folder: Path, connection: socket.socket, claims: int) -> None:
        """Have a worker made; it is born in the order of these calls."""
        self._order([connection.fileno(), claims], do="fork", folder=str(folder.absolute()))

    def end(self, pid: int) -> None:
        """Have a worker ended, with all that it has started."""
        self._order(do="end", pid=pid)

    def _order(self, bring: Iterable[int] = (), **what: Any) -> None:
        line = json.dumps(what).encode() + b"\n"
        with suppress(OSError):  # it has died, which `news` tells
            if bring:
                socket.send_fds(self.connection, [b" "], list(bring))
            self.connection.sendall(line)

    def news(self) -> list[dict[str, Any]] | None:
        """Tell what happened, waiting until there is something; None if the process has ended, and workers with it."""
        try:
            data = self.connection.recv(65_536)
        except OSError:
            data = b""
        if not data:
            return None
        *lines, self._lines = (self._lines + data).split(b"\n")
        news = [json.loads(line) for line in lines]
        for what in news:
            if "born" in what:
                self._workers.add(what["born"])
            self._workers.discard(what.get("ended", 0))
        return news

    def last_words(self) -> str:
        """Give the last line that it, or a worker outside of cells, has written; and how it ended, if it has."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        self._said.seek(max(0, os.fstat(self._said.fileno()).st_size - 4096))
        lines = self._said.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return said if self._process.returncode is None else f"{said} (exit code {self._process.returncode})"

    def stop(self) -> None:
        """End it and all workers; returns when they are gone."""
        self._end()


def _end(
    owner: int, process: subprocess.Popen[bytes], connection: socket.socket, workers: set[int], said: IO[bytes]
) -> None:
    """End the process, and be sure about it; a forked copy of the driver leaves it alone."""
    connection.close()
    if os.getpid() != owner:
        return
    try:
        process.wait(GRACE_S + 1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode:  # it could not look after them
        for pid in workers:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
    said.close()
