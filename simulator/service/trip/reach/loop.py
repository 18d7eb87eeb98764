"""An event loop in a thread of its own, for callers that know nothing of any, or have one that must not be blocked."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["Loop"]

T = TypeVar("T")


class Loop:
    """Runs coroutines one by one, from a caller without an event loop, or within one, as in a notebook.

    Examples
    --------
    >>> loop = Loop()
    >>> loop.run(asyncio.sleep(0, result=3))
    3
    >>> loop.close()
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="simulator-service-trip", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; a caller that is interrupted cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop."""
        self.run(self._loop.shutdown_asyncgens())  # in its own thread: the caller's may have another loop that runs
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
