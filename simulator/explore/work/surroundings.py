"""What code in one process shares, given back after each cell as it was before.

A cell may change folder, environment, signal handlers or how NumPy treats errors. The next one is not to see that:
which cells share a process is a matter of scheduling, and no result may depend on it.
"""

from __future__ import annotations

import decimal
import locale
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from typing import Any

import numpy as np

__all__ = ["Surroundings"]

#: Signals whose handlers are looked at; hardly anybody makes use of others.
_SIGNALS = tuple(
    getattr(signal, f"SIG{name}")
    for name in ("HUP", "INT", "USR1", "USR2", "PIPE", "ALRM", "TERM", "CHLD")
    if hasattr(signal, f"SIG{name}")
)


class Surroundings:
    """What a process is like now; `restore` makes it so again.

    That is: the working folder, the mask of new files' rights, the environment and its time zone, arguments, the search
    path of modules, handlers of signals and the alarm, hooks for errors, the recursion limit, the locale, filters of
    warnings, the context of decimal numbers, and how NumPy treats errors and prints. To look at all of it takes some
    10 µs.

    Modules that a cell imports or changes, threads that it leaves, and what it sets in other libraries stay.
    """

    def __init__(self) -> None:
        self._main = threading.current_thread() is threading.main_thread()  # only it may handle signals
        self._umask = os.umask(0o022)
        os.umask(self._umask)
        self._folder = _folder()
        self._environ = os.environ.copy()
        self._stored = _stored_environment()
        self._lists = [(held, list(held)) for held in (sys.path, sys.argv)]
        #: An alarm that was there before rings when it is time; one that a cell leaves is none of the next one's.
        self._quiet = self._main and _alarm() == 0.0
        self._signals = {number: signal.getsignal(number) for number in _SIGNALS} if self._main else {}
        self._hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, sys.displayhook
        self._limit = sys.getrecursionlimit()
        self._locale = _locale()
        self._filters = warnings.filters, list(warnings.filters), warnings.showwarning
        self._decimal = decimal.getcontext().copy()
        self._errors: Any = np.geterr(), np.geterrcall()
        self._printing: Any = np.get_printoptions()

    def restore(self) -> None:
        """Set back what has changed."""
        if _folder() != self._folder and self._folder is not None:
            with suppress(OSError):  # it was removed
                os.chdir(self._folder)
        os.umask(self._umask)  # not asked for first: that sets another one for a moment, in which threads make files
        self._restore_environment()
        for held, was in self._lists:
            if held != was:
                held[:] = was
        sys.path, sys.argv = (held for held, _ in self._lists)
        self._restore_handlers()
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)
        self._restore_ways()

    def _restore_environment(self) -> None:
        if _stored_environment() == self._stored:
            return
        zone = os.environ.get("TZ")
        for name in os.environ.keys() - self._environ.keys():
            del os.environ[name]
        os.environ.update(self._environ)
        if zone != self._environ.get("TZ"):
            time.tzset()

    def _restore_handlers(self) -> None:
        if self._quiet and _alarm() != 0.0:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in self._signals.items():
            if signal.getsignal(number) is not handler and handler is not None:
                signal.signal(number, handler)
        sys.excepthook, threading.excepthook, sys.unraisablehook, sys.displayhook = self._hooks

    def _restore_ways(self) -> None:
        """Set back how numbers are treated and shown, and what is warned of."""
        if _locale() != self._locale:
            with suppress(locale.Error):
                locale.setlocale(locale.LC_ALL, self._locale)
        filters, were, show = self._filters
        if warnings.filters is not filters or warnings.filters != were:
            filters[:] = were  # type: ignore[index]  # it is declared a sequence, and is a list
            warnings.filters = filters
            warnings._filters_mutated()  # type: ignore[attr-defined]  # what `catch_warnings` does when it ends
        warnings.showwarning = show
        if repr(decimal.getcontext()) != repr(self._decimal):
            decimal.setcontext(self._decimal.copy())
        errors, call = self._errors
        if np.geterr() != errors:
            np.seterr(**errors)
        if np.geterrcall() is not call:
            np.seterrcall(call)
        if np.get_printoptions() != self._printing:
            np.set_printoptions(**self._printing)


def _stored_environment() -> dict[object, object]:
    """Copy the environment as Python keeps it, at a fiftieth of the time that decoding it takes."""
    return dict(os.environ._data)  # type: ignore[attr-defined]  # it is there on all systems that can fork


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  # quicker, asked often
    except FileNotFoundError:
        return None


def _alarm() -> float:
    return signal.getitimer(signal.ITIMER_REAL)[0]


def _locale() -> str:
    return locale.setlocale(locale.LC_ALL)
