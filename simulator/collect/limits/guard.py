"""The controller's end of its guardian: starting it, telling it that all is well, or leaving the rest to it."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DONE", "READY", "RETRIES_S", "Guard"]

_logger = logging.getLogger("simulator.collect")

#: What the guardian says once it watches.
READY = "ready"

#: What the controller says when nothing is left to do.
DONE = b"."

#: How long the guardian waits before each further try [s]: a driver that is loaded again, or a container that gets its
#: devices back, takes seconds.
RETRIES_S = (0.1, 0.4, 1.0, 2.0, 5.0)

#: How long a guardian may take to start: Python, and the driver if it is not loaded yet [s].
_START_S = 60.0

#: How long it may take to give back all limits; commands may take long, and it tries more than once [s].
_END_S = 60.0 + sum(RETRIES_S)


class Guard:
    """A guardian that watches this process.

    Parameters
    ----------
    journal
        Path of the journal, which is written already.
    locks
        Open files that hold the locks of the journal's GPUs; the guardian holds them too.

    Raises
    ------
    CollectError
        If it does not start; nothing may be set then.
    """

    def __init__(self, journal: Path, locks: Sequence[int]) -> None:
        self._journal = journal
        self._locks = tuple(locks)
        self._process = self._start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ensure(self) -> None:
        """Start another guardian if somebody killed this one."""
        if self._process.poll() is not None:
            _logger.warning("the guardian of the power limits died (%s); starting another", self._process.returncode)
            self._close()
            self._process = self._start()

    def dismiss(self) -> None:
        """Say that all is given back, and see it end."""
        with suppress(OSError):  # it was killed
            os.write(self._pipe, DONE)
        self.leave()

    def leave(self) -> None:
        """Leave all that is left to the guardian, as if this process died, and see it end."""
        self._close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            _logger.warning("the guardian (process %s) still tries to give back power limits", self.pid)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "simulator.collect.limits.guardian", str(self._journal), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # neither Ctrl-C nor the end of a terminal reaches it
            pass_fds=self._locks,
            env=_environment(),
        )
        try:
            said = _listen(process)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        if not said.endswith(f"{READY}\n"):
            process.kill()
            process.communicate()
            raise CollectError(
                "the guardian, which gives power limits back if this process dies, did not start, so nothing was set; "
                f"it said: {said.strip() or 'nothing'}"
            )
        return process

    @property
    def _pipe(self) -> int:
        return self._process.stdin.fileno() if self._process.stdin else -1

    def _close(self) -> None:
        """Close both pipes; the guardian takes that for the end of this process unless it was told otherwise."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _listen(process: subprocess.Popen[bytes]) -> str:
    """Read what a guardian says until it is ready, ends, or takes too long."""
    if process.stdout is None:
        return ""
    deadline, said = time.monotonic() + _START_S, b""
    while not said.endswith(f"{READY}\n".encode()):
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            break
        piece = os.read(process.stdout.fileno(), 4096)
        if not piece:
            break
        said += piece
    return said.decode(errors="replace")


def _environment() -> dict[str, str]:
    """Let the guardian find this package wherever it is started; -P keeps it from modules in the current folder."""
    root = str(Path(__file__).resolve().parents[3])
    paths = [*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), root]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
