"""A training job as a process group: started, heard, asked to stop, ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import psutil

from simulator.collect.run import leash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

__all__ = ["JobProcess"]

#: Time between SIGTERM and SIGKILL [s].
GRACE_S = leash.GRACE_S

#: How much of the end of the output is kept at hand for messages [bytes].
_TAIL = 8192

#: How long to listen to what is left of it once its first process has ended, and to wait for daemons of it [s].
_DRAIN_S = 1.0


class JobProcess:
    """One training job, with all the processes that it starts.

    Everything that it prints goes to a file as it is, and line by line to whoever listens. Used as a context manager,
    nothing of it is left running afterwards.

    Parameters
    ----------
    command
        The command, as a list of arguments; no shell is involved.
    workdir
        Where it runs; None: where the controller does.
    environment
        All of its environment.
    output
        File that its output is written to, both standard output and standard error.
    listen
        Called with each line and when it arrived [ns, CLOCK_MONOTONIC].

    Raises
    ------
    OSError
        If it cannot be started, or its output cannot be written.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        workdir: str | os.PathLike[str] | None,
        environment: Mapping[str, str],
        output: Path,
        listen: Callable[[str, int], None] | None = None,
    ) -> None:
        self._log = output.open("ab", buffering=0)
        self._listen = listen
        self._line = b""
        self._tail = b""
        #: When each process that was ever seen began; a number alone may be another's by now.
        self._seen: dict[int, float] = {}
        #: When it was launched, and when it printed last.
        self.launched_ns = self.heard_ns = time.monotonic_ns()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", leash.__file__, *command],
                cwd=workdir,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,
            )
        except OSError:
            self._log.close()
            raise
        assert self._process.stdout is not None  # asked for above
        self._out: int | None = self._process.stdout.fileno()
        os.set_blocking(self._out, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end()
        except OSError:  # what cannot be written any more is not worth more than the error that brought us here
            if error is None:
                raise
        finally:
            self._kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._log):
                if stream is not None:
                    stream.close()

    @property
    def running(self) -> bool:
        """Whether the job's first process still runs."""
        # Seen without being reaped: until then, nobody else can get the number of its process group.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._process.returncode is None and os.waitid(os.P_PID, self._process.pid, flags) is None

    @property
    def exit_code(self) -> int | None:
        """Exit code, or the negative number of the signal that ended it; None while it runs."""
        if self._process.returncode is None and not self.running:
            self._kill()
            self._process.wait()
        return self._process.returncode

    @property
    def tail(self) -> str:
        """End of its output."""
        return self._tail.decode(errors="replace")

    def pids(self) -> frozenset[int]:
        """Look at the process tree; ids of all processes that were ever seen in it."""
        with suppress(psutil.Error):
            root = psutil.Process(self._process.pid)
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.Error):  # it has ended
                    self._seen[process.pid] = process.create_time()
        return frozenset(self._seen)

    def hear(self, timeout_s: float) -> None:
        """Wait for output, at most so long, and pass on what there is."""
        if self._out is None:
            if self.running:
                time.sleep(timeout_s)
            return
        ready, _, _ = select.select([self._out], [], [], timeout_s)
        if ready:
            self._read()

    def end(self, *, grace_s: float = GRACE_S) -> None:
        """End it and all that it started: SIGTERM to the group, and after a while SIGKILL.

        What left the group, as a daemon does, is ended as well, if it was ever seen.
        """
        if self.running:
            self.pids()
            self._signal(signal.SIGTERM)
            until = time.monotonic() + grace_s
            while self.running and time.monotonic() < until:
                self.hear(0.02)
        self._kill()
        self._end_detached()
        until = time.monotonic() + _DRAIN_S
        while self._out is not None and time.monotonic() < until and select.select([self._out], [], [], 0.2)[0]:
            self._read()
        if self._line:
            self._pass_on([self._line])
            self._line = b""

    def _kill(self) -> None:
        if self._process.returncode is None:
            self._signal(signal.SIGKILL)

    def _end_detached(self) -> None:
        """End processes that were seen once, and are in other groups; not others that got their numbers."""
        left = []
        for pid, began in self._seen.items():
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                if pid != self._process.pid and process.create_time() == began:
                    process.terminate()
                    left.append(process)
        for process in psutil.wait_procs(left, timeout=_DRAIN_S)[1]:
            with suppress(psutil.Error):
                process.kill()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _read(self) -> None:
        """Take what is in the pipe."""
        assert self._out is not None  # callers look first
        try:
            data = os.read(self._out, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._out = None
            return
        self.heard_ns = time.monotonic_ns()
        self._tail = (self._tail + data)[-_TAIL:]
        self._log.write(data)
        *whole, self._line = (self._line + data.replace(b"\r", b"\n")).split(b"\n")
        self._pass_on(whole)

    def _pass_on(self, lines: Sequence[bytes]) -> None:
        if self._listen is None:
            return
        now_ns = time.monotonic_ns()
        for line in lines:
            if line:
                self._listen(line.decode(errors="replace"), now_ns)
