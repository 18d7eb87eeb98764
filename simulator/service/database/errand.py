"""Works on their way to a thread and back."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Errand", "Errands", "answer"]

#: Errands that wait for a thread, in order; None ends a thread.
Errands = queue.SimpleQueue["Errand | None"]


class Errand:
    """A work, and who waits for what comes of it.

    Parameters
    ----------
    work
        What is to be run.
    """

    __slots__ = ("error", "future", "loop", "value", "work")

    def __init__(self, work: Callable[[AsyncSession], Awaitable[Any]]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.value: Any = None
        self.error: BaseException | None = None

    @property
    def is_forsaken(self) -> bool:
        """Whether nobody waits for it any more, so that it need not be begun."""
        return self.future.cancelled()

    def settle(self) -> None:
        """Tell who waits; in the thread of the loop."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


def answer(errands: Iterable[Errand]) -> None:
    """Tell all who wait, from another thread, with one call a loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Errand]] = defaultdict(list)
    for errand in errands:
        by_loop[errand.loop].append(errand)
    for loop, done in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a loop that was closed has nobody left who waits
            loop.call_soon_threadsafe(_settle, done)


def _settle(errands: list[Errand]) -> None:
    for errand in errands:
        errand.settle()
