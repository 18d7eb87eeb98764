"""Ends the trials of runs that are open when the process is: by a signal, or at its exit.

A handler is installed while runs are open, by the main thread alone, for Python allows no other. It ends the trials
within a short time, puts back what was there before it, and lets the signal do what it would have done. ``kill -9``
leaves no time for that; the trial's lease ends it.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

__all__ = ["forget", "watch"]

_LOG = logging.getLogger("simulator.service")

#: Time for ending all trials [s]: clusters kill what does not die, Kubernetes and Slurm after 30 s.
WITHIN_S = 5.0


class Endable(Protocol):
    """A run, as far as it is known here."""

    def abandon(self, within_s: float) -> None:
        """End the trial, for the process is about to die."""

    def after_fork(self) -> None:
        """Know that this is another process now, and the trial is its parent's."""


_open: list[Endable] = []
_ours: dict[int, Callable[[int, FrameType | None], None]] = {}
_before: dict[int, Any] = {}


def watch(run: Endable, signals: Iterable[int]) -> None:
    """End a run's trial when the process dies by one of these signals, or exits.

    Parameters
    ----------
    run
        What to end.
    signals
        Which signals; those that are ignored, or handled outside Python, are left alone.
    """
    _open.append(run)
    if threading.current_thread() is threading.main_thread():
        for number in signals:
            _install(signal.Signals(number))


def forget(run: Endable) -> None:
    """Know that a run is over; with the last one, handlers go back to what they were."""
    if run in _open:
        _open.remove(run)
    if not _open and threading.current_thread() is threading.main_thread():
        for number, handler in list(_ours.items()):
            if signal.getsignal(number) is handler:  # else somebody came after us, and calls us; we call who was before
                signal.signal(number, _before[number])
                del _ours[number], _before[number]


def _install(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    if before in (None, signal.SIG_IGN) or before is _ours.get(number):
        return

    def handle(caught: int, frame: FrameType | None) -> None:
        _end_all(WITHIN_S)
        last = signal.getsignal(caught) is handle
        if last:
            signal.signal(caught, before)
        if callable(before):
            before(caught, frame)
        elif last:
            os.kill(os.getpid(), caught)

    signal.signal(number, handle)
    _ours[number], _before[number] = handle, before


def _end_all(within_s: float) -> None:
    """End all trials, in a thread that is not waited for longer than that, whatever the network does."""
    runs, _open[:] = list(_open), []
    if not runs:
        return
    thread = threading.Thread(target=_abandon, args=(runs, within_s), name="simulator-end", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is shutting down, and starts no thread
        _abandon(runs, within_s)
    else:
        thread.join(within_s)


def _abandon(runs: list[Endable], within_s: float) -> None:
    for run in runs:
        try:
            run.abandon(within_s / len(runs))
        except Exception as error:  # the process is dying: the others are to be ended, too
            _LOG.warning("a trial could not be ended, its lease will end it: %s", error)


def _after_fork() -> None:
    """Leave a parent's trials to it: what a forked process opens itself is its own."""
    for run in _open:
        run.after_fork()
    _open.clear()


atexit.register(_end_all, WITHIN_S)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
