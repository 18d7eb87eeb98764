"""Runs a command for a cell: signals are passed on to it, and it does not outlive the process that it works for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["run_child"]

#: PR_SET_PDEATHSIG of Linux, prctl(2).
_SET_PARENT_DEATH_SIGNAL = 1


def run_child(words: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> int:
    """Run a command to its end.

    SIGTERM goes on to the command, which may then put in order what it has changed; only once it has ended is this
    process ended. If this process is killed, the command is told by SIGTERM (Linux).

    Parameters
    ----------
    words
        The command, as a list of arguments.
    log
        File that its output is added to.
    environment
        Variables that it has besides this process's.

    Returns
    -------
    int
        Its exit code; negative if a signal ended it.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603  # a list of arguments, without a shell
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            preexec_fn=_tied_to(os.getpid()),  # noqa: PLW1509  # it calls nothing but the system
        )
    told: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        told.append(number)
        child.send_signal(number)

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, pass_on) if in_main else None
    try:
        code = child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
    if told:
        signal.raise_signal(told[0])
    return code


def _tied_to(parent: int) -> Callable[[], None] | None:
    """Make what a child does first: ask to be told when its parent dies, and look whether that has happened."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl, sigterm = ctypes.CDLL(None).prctl, int(signal.SIGTERM)

    def tie() -> None:
        prctl(_SET_PARENT_DEATH_SIGNAL, sigterm)
        if os.getppid() != parent:
            os._exit(128 + sigterm)

    return tie
