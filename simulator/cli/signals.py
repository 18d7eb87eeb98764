"""Ctrl-C and SIGTERM: both unwind the stack, so that nothing half-written stays behind; and neither is lost."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["INTERRUPTED", "TERMINATED", "ended_by", "held", "signals"]

#: Exit codes of who was ended by Ctrl-C, and by SIGTERM, as shells count them.
INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM

#: How long to wait before a signal is sent once more [s]: whoever swallowed it has ended by then.
_AGAIN_S = 0.02


@contextmanager
def signals() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does; and let either come again where Python would have lost it.

    Once all is done, Ctrl-C has nothing to stop but Python's own end, which it does not: that would only complain.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before, hook = signal.signal(signal.SIGTERM, _terminated), sys.unraisablehook

    def lost(what: sys.UnraisableHookArgs) -> None:
        if not _sent_again(what):
            hook(what)

    sys.unraisablehook = lost
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, before)
        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # not now: who called us may go on


@contextmanager
def held() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C and SIGTERM back while figures are drawn, and offer a function that lets through what came.

    Code in C++ that draws may take what is raised in its midst for an error of its own, or abort.

    Yields
    ------
    callable
        To be called between two figures. What has come by the end of the block is let through then.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }

    def let_through() -> None:
        if came:
            signal.signal(came[0], before[signal.Signals(came[0])])
            signal.raise_signal(came[0])

    try:
        yield let_through
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def ended_by(error: BaseException) -> int | None:
    """Find the signal behind an exception: Python 3.11 makes another of what is raised while it makes a class.

    Parameters
    ----------
    error
        What was caught.

    Returns
    -------
    int or None
        The exit code that belongs to the signal; None if there was none.
    """
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, KeyboardInterrupt):
            return INTERRUPTED
        if isinstance(behind, SystemExit) and behind.code == TERMINATED:
            return TERMINATED
        behind = behind.__cause__
    return None


def _terminated(signum: int, frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)


def _sent_again(lost: sys.UnraisableHookArgs) -> bool:
    """Send a signal once more whose exception met a place that lets none out, as when Python tidies up memory.

    Parameters
    ----------
    lost
        An exception that was raised in such a place.

    Returns
    -------
    bool
        Whether it was that of a signal.
    """
    number = {KeyboardInterrupt: signal.SIGINT, SystemExit: signal.SIGTERM}.get(lost.exc_type)
    if number is None:
        return False
    timer = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()
    return True
