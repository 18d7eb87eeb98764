"""The process that workers are forked from: it has imported what they need, and does nothing else.

It is a process of its own, and not `multiprocessing`'s fork server, because that one imports the user's script again in
each worker, is shared with whatever else the user does, and tells nobody how a worker ended.

::

    driver ── starts ──▶ nursery ── forks ──▶ worker ── may start ──▶ children
       ▲                    │ watches the driver, and each worker's group
       └────── how workers ended

Everyone here dies with the driver, even while a cell computes without letting Python breathe: this process only waits,
so it sees the driver's end at once. Each worker leads a process group of its own; whatever is left of it
when its leader or the driver has ended gets SIGTERM, and `GRACE_S` later SIGKILL. If this process is killed itself,
Linux kills the workers (``PR_SET_PDEATHSIG``), and elsewhere they notice that the driver has gone.
What a cell puts into a session or group of its own is its own business.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["GRACE_S", "main"]

#: From asking to killing [s].
GRACE_S = 1.0
#: How often groups that were asked to end are looked at [s].
LOOK_S = 0.02
#: Imported before anything is forked.
PRELOADED = ("pandas", "pyarrow.parquet", "simulator.explore.executors.pool.worker", "simulator.explore.shards")
_PR_SET_PDEATHSIG = 1


def main(descriptor: int, driver: int) -> NoReturn:
    """Serve a driver until it goes away, then end all workers.

    Parameters
    ----------
    descriptor
        File descriptor of a socket to the driver. Lines of JSON come in: ``load`` modules, ``fork`` a worker (the
        line brings two descriptors along), ``end`` a worker; and go out: ``born``, ``ended``, ``failed``.
    driver
        Its process id.
    """
    nursery = _Nursery(socket.socket(fileno=descriptor), driver)
    # Arrow's allocator has a thread, which it gives up and makes again around a fork.
    warnings.filterwarnings("ignore", message=".*multi-threaded", category=DeprecationWarning)
    _load(PRELOADED)
    gc.collect()
    gc.freeze()
    try:
        nursery.serve()
    finally:
        nursery.close()
    os._exit(0)


def _load(modules: Any) -> None:
    for module in modules:
        with suppress(BaseException):  # whoever needs it will say what is wrong with it
            importlib.import_module(module)


class _Nursery:
    def __init__(self, connection: socket.socket, driver: int) -> None:
        self._connection = connection
        #: Workers that live.
        self._alive: set[int] = set()
        #: Workers of whose groups something may be left, and when these are killed.
        self._ending: dict[int, float] = {}
        self._lines = b""
        self._brought: list[int] = []
        self._woken = _wake_on_children()
        self._poll = select.poll()
        self._watched = [connection.fileno(), self._woken]
        if hasattr(os, "pidfd_open"):
            # Not only the socket: a process that the driver forked may hold its other end.
            with suppress(OSError):
                self._watched.append(os.pidfd_open(driver))
        for descriptor in self._watched:
            self._poll.register(descriptor, select.POLLIN)

    def serve(self) -> None:
        """Do what the driver says, until it is gone."""
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll(LOOK_S * 1000 if self._ending else None)}
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            if ready - {self._woken} and not (ready <= {self._woken, self._watched[0]} and self._listen()):
                return
            self._look()

    def _listen(self) -> bool:
        """Do what came; False if the driver is gone."""
        try:
            data, brought, _, _ = socket.recv_fds(self._connection, 65_536, 16)
        except OSError:
            return False
        self._brought += brought
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if order["do"] == "load":
                sys.path[:] = order["path"]
                _load(order["modules"])
            elif order["do"] == "fork":
                self._fork(Path(order["folder"]))
            elif order["pid"] in self._alive:
                self._end(order["pid"])
        return bool(data)

    def _fork(self, folder: Path) -> None:
        """Make a worker, which takes over the two descriptors that came with the order."""
        mine, self._brought = self._brought[:2], self._brought[2:]
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(failed=str(error))
        else:
            if pid == 0:
                _become_worker(mine, [*self._brought, *self._watched], folder)
            with suppress(OSError):  # both do it, so that it is done for whoever comes first
                os.setpgid(pid, pid)
            self._alive.add(pid)
            self._tell(born=pid)
        for descriptor in mine:
            os.close(descriptor)

    def _end(self, pid: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGTERM)
        self._ending.setdefault(pid, time.monotonic() + GRACE_S)

    def _look(self) -> None:
        """Tell of workers that ended, and bring what is left of their groups to an end.

        An ended worker is only then taken out of the table of processes when its group is empty, so that its number
        stays its own until nobody is sent a signal by it any more.
        """
        for pid in list(self._alive):
            ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is not None:
                self._alive.discard(pid)
                self._tell(ended=pid, killed=ended.si_code != os.CLD_EXITED, status=ended.si_status)
                self._end(pid)
        late = time.monotonic()
        for pid, deadline in list(self._ending.items()):
            if late >= deadline:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            if pid not in self._alive and (late >= deadline or not _others(pid)):
                os.waitpid(pid, 0)
                del self._ending[pid]

    def _tell(self, **what: Any) -> None:
        with suppress(OSError):  # the driver is gone, which is noticed elsewhere
            self._connection.sendall(json.dumps(what).encode() + b"\n")

    def close(self) -> None:
        """End all workers and what they have started."""
        for pid in self._alive:
            self._end(pid)
        while self._ending:
            self._look()
            time.sleep(LOOK_S / 4)


def _others(group: int) -> bool:
    """Tell whether a process group has living members beside its leader."""
    import psutil

    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if pid != group and os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def _wake_on_children() -> int:
    """Make a descriptor that can be read from when a child has ended."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return read


def _become_worker(mine: list[int], others: list[int], folder: Path) -> NoReturn:
    """Run chunks in the process that was just forked, and never come back."""
    code = 1
    try:
        parent = os.getppid()
        os.setpgid(0, 0)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
        os.close(signal.set_wakeup_fd(-1))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in others:
            os.close(descriptor)
        from simulator.explore.executors.pool.worker import work

        work(socket.socket(fileno=mine[0]), mine[1], folder)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
