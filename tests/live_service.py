"""The service as a user starts it, in processes of its own that can be killed and started again on the same data."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import random
    from pathlib import Path

#: Longest that a start may take on a busy machine [s].
PATIENCE_S = 60.0


def free_port() -> int:
    """Find a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveService:
    """``simulator serve`` on a port of its own, over SQLite in a folder or over a given database.

    Parameters
    ----------
    folder
        Where it keeps its SQLite database, unless told another, and what it says.
    database_url
        Another database.
    workers
        How many processes answer.
    words
        Further words of the command line.
    """

    #: Where it says that it answers.
    health_path = "/healthz"

    def __init__(self, folder: Path, *, database_url: str | None = None, workers: int = 1, words=()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database_url = database_url or f"sqlite:///{folder / 'jobs.db'}"
        self.workers = workers
        self.words = tuple(words)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LiveService:
        self.start()
        try:
            self.wait()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait for nothing."""
        assert self.process is None
        words = ["serve", "--host", "127.0.0.1", "--port", str(self.port), "--database", self.database_url]
        words += ["--workers", str(self.workers), *self.words]
        with (self.folder / "said.txt").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from simulator.cli import main; main()", *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def said(self) -> str:
        """Return all that it has said."""
        return (self.folder / "said.txt").read_text(errors="replace")

    def is_healthy(self) -> bool:
        """Ask it once how it is."""
        try:
            with urllib.request.urlopen(f"{self.url}{self.health_path}", timeout=5) as answer:  # noqa: S310  # its own address
                return bool(answer.status == 200)
        except (OSError, http.client.HTTPException):
            return False

    def wait(self, patience_s: float = PATIENCE_S) -> None:
        """Wait until it answers."""
        until = time.monotonic() + patience_s
        while not self.is_healthy():
            assert self.process is not None
            assert self.process.poll() is None, f"the service has ended with {self.process.returncode}: {self.said()}"
            assert time.monotonic() < until, f"the service does not answer after {patience_s} s: {self.said()}"
            time.sleep(0.02)

    def processes(self) -> list[psutil.Process]:
        """List its processes: the one that was started first, then all that it has started."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def cpu_s(self) -> float:
        """Add up the processor time of its processes [s]."""
        total = 0.0
        for each in self.processes():
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
        return total

    def kill(self) -> None:
        """Kill all of it at once, as a machine that loses power."""
        if self.process is None:
            return
        left = self.processes()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait()
        psutil.wait_procs(left, timeout=10)
        self.process = None

    def kill_worker(self, draws: random.Random) -> bool:
        """Kill one of its worker processes; tell whether there was one."""
        workers = [each for each in self.processes()[1:] if "resource_tracker" not in _command(each)]
        if not workers:
            return False
        with suppress(psutil.NoSuchProcess):
            draws.choice(workers).kill()
            return True
        return False

    def stop(self) -> int:
        """Ask it to end, as an operator does; returns its exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(timeout=30)
        self.kill()
        return status


def _command(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return " ".join(process.cmdline())
    return "resource_tracker"  # it has just gone
