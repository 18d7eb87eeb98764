"""A Dask cluster on this machine: a scheduler in this process, and workers beside it that may be killed."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import dask
import psutil
from distributed import LocalCluster

from simulator.errors import ExecutorError
from simulator.explore.executors.base import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["OURS", "LocalWorkers"]

#: How a scheduler of ours works: what was lost is told, not tried again, and who computes for long is not given up.
OURS = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.worker-ttl": None,
    "distributed.admin.tick.limit": "1h",  # nobody wants to read that a cell held Python's lock for 3 s
}
#: How often the process that watches over a worker may die before it is given up.
DEATHS = 3
#: A worker may have children, as any process; and it obeys `OURS`.
_ENVIRONMENT = {"DASK_DISTRIBUTED__WORKER__DAEMON": "False", "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h"}


class LocalWorkers:
    """Processes ``dask worker`` on the loopback, each with one thread and one that watches over it.

    They are programs of their own, so that the driver's script is not run again in each.

    Parameters
    ----------
    workers
        How many.
    logs
        Folder for what they say.
    """

    def __init__(self, workers: int, logs: Path) -> None:
        self._logs = logs
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._deaths = 0
        self._scratch = tempfile.mkdtemp(prefix="sweep-dask-")
        with dask.config.set(OURS):
            self.cluster: Any = LocalCluster(  # type: ignore[no-untyped-call]  # Dask has few types
                n_workers=0,
                processes=True,
                host="127.0.0.1",
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
            )
        for number in range(workers):
            self._start(number)

    def _start(self, number: int) -> None:
        words = [sys.executable, "-m", "dask", "worker", self.cluster.scheduler_address, "--name", str(number)]
        words += ["--nthreads", "1", "--nworkers", "1", "--host", "127.0.0.1", "--no-dashboard"]
        words += ["--memory-limit", "0", "--death-timeout", "60", "--local-directory", self._scratch]
        words += ["--preload-nanny", "simulator.explore.executors.dask.lifeline"]
        with (self._logs / f"worker-{number}.log").open("ab") as log:
            self._processes[number] = subprocess.Popen(  # noqa: S603  # a program of ours, without a shell
                words,
                env=ONE_THREAD | dict(os.environ) | _ENVIRONMENT,
                stdin=subprocess.PIPE,  # see lifeline.py
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the driver
            )

    def check(self) -> None:
        """Start those again that have died as a whole.

        Raises
        ------
        ExecutorError
            They die whenever they are started.
        """
        for number, process in list(self._processes.items()):
            if process.poll() is None:
                continue
            self._deaths += 1
            if process.stdin is not None:
                process.stdin.close()
            if self._deaths > DEATHS * len(self._processes):
                log = self._logs / f"worker-{number}.log"
                end = log.read_text(errors="replace").strip().splitlines()[-1:]
                raise ExecutorError(
                    f"Dask's workers die whenever they are started (exit code {process.returncode}); "
                    f"{log} ends: {' '.join(end)}"
                )
            self._start(number)

    def how_died(self, pid: int) -> str | None:
        """Say of what a worker died, as the process that watches over it wrote into its log.

        Parameters
        ----------
        pid
            The worker's process.

        Returns
        -------
        str or None
            Such as ``killed by signal 9``; None if nothing was written within a second.
        """
        words = re.compile(rf"Worker process {pid} (?:was )?((?:killed by|exited with) .*)")
        until_s = time.monotonic() + 1.0
        while True:
            for log in self._logs.glob("worker-*.log"):
                if found := words.search(log.read_text(errors="replace")):
                    return found.group(1)
            if time.monotonic() > until_s:
                return None
            time.sleep(0.02)

    @staticmethod
    def kill(pids: Iterable[int]) -> None:
        """Kill workers, and what they have started; others take their places."""
        doomed = []
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                worker = psutil.Process(pid)
                doomed += [worker, *worker.children(recursive=True)]
        for each in doomed:
            with suppress(psutil.NoSuchProcess):
                each.kill()

    def close(self) -> None:
        """End all of them, and what they have started."""
        self.kill([process.pid for process in self._processes.values()])
        for process in self._processes.values():
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        self.cluster.close(timeout=10)
        shutil.rmtree(self._scratch, ignore_errors=True)
