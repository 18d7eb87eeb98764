"""SIGTERM ends a run in order, as Ctrl-C does."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["terminated"]


class _Terminated(KeyboardInterrupt):
    """SIGTERM came; it takes the way of Ctrl-C, because a cell that calls `sys.exit` raises SystemExit."""


@contextmanager
def terminated() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does; who handled it before is called once the workers are stopped."""
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
        yield
        return

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise _Terminated

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except _Terminated:
        if callable(before):
            before(signal.SIGTERM, None)
        raise SystemExit(128 + signal.SIGTERM) from None
    finally:
        signal.signal(signal.SIGTERM, before)
