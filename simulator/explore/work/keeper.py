"""Keeps what became of cells until it is written into a shard, which happens about every second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from simulator.explore.chunk import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from simulator.explore.chunk import Chunk, Outcome

__all__ = ["Keeper"]

#: How often it is looked whether something is to be written, or output to be forgotten [s].
TICK_S = 0.25


class Keeper:
    """Collects outcomes and results of one chunk and writes them into shards.

    A thread writes while a long cell runs, so that what was finished before it is neither late nor lost with it.

    Parameters
    ----------
    chunk
        The chunk.
    folder
        The sweep's folder.
    part
        Number of the first shard.
    report
        Told of each shard; by this thread or the other, never by both at once.
    on_tick
        Called now and then by the other thread.
    """

    def __init__(
        self,
        chunk: Chunk,
        folder: Path,
        *,
        part: int,
        report: Callable[[Report], None],
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._chunk = chunk
        self._folder = folder
        self._part = part
        self._report = report
        self._on_tick = on_tick
        self._lock = threading.Lock()
        self._outcomes: list[Outcome] = []
        self._results: list[Any] = []
        #: From here on the outcomes belong to a call that they share; see `add`.
        self._shared_from: int | None = None
        self._trouble: OSError | None = None
        self._left = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="shards", daemon=True)

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._left.set()
        self._ticker.join()
        self.flush()

    def add(self, outcome: Outcome, result: Any = None, *, shared: bool = False) -> None:
        """Keep what became of a cell.

        Parameters
        ----------
        outcome
            What became of it.
        result
            What it gave; None if it failed.
        shared
            Whether it is one of several that come out of one call. Such a call may take all its time before
            the first or give each as it is made; so their times are evened out, as far as nothing was
            written in between.

        Raises
        ------
        OSError
            What came before could not be written.
        """
        with self._lock:
            if self._trouble is not None:
                raise self._trouble
            if shared and self._shared_from is None:
                self._shared_from = len(self._outcomes)
            self._outcomes.append(outcome)
            self._results.append(_copied(result))

    def end_of_call(self, error: str | None = None) -> None:
        """Even out the times of the call that ends here; with an error, what was not written of it yet has failed."""
        with self._lock:
            first = self._shared_from if self._shared_from is not None else len(self._outcomes)
            self._even_out()
            if error is not None:
                for i in range(first, len(self._outcomes)):
                    self._outcomes[i] = self._outcomes[i]._replace(done=False, error=error)
                    self._results[i] = None

    def _even_out(self) -> None:
        first, self._shared_from = self._shared_from, None
        shared = self._outcomes[first:] if first is not None else []
        if len(shared) > 1:
            time_s = sum(outcome.time_s for outcome in shared) / len(shared)
            cpu_s = sum(outcome.cpu_s for outcome in shared) / len(shared)
            self._outcomes[first:] = [outcome._replace(time_s=time_s, cpu_s=cpu_s) for outcome in shared]

    def flush(self) -> None:
        """Write what is there, if anything, and tell of it.

        Raises
        ------
        OSError
            It cannot be written, now or when the other thread tried.
        """
        from simulator.explore.shards import write_shard

        with self._lock:
            if self._trouble is not None:
                raise self._trouble
            self._even_out()
            outcomes, results = self._outcomes, self._results
            if not outcomes:
                return
            self._outcomes, self._results = [], []
            info = write_shard(self._folder, self._chunk.key, self._part, outcomes, results)
            self._part = info.part + 1
            self._report(Report(self._chunk.key, "shard", shard=self._folder / info.path))

    def _tick(self) -> None:
        flushed = time.monotonic()
        while not self._left.wait(min(TICK_S, self._chunk.flush_s)):
            self._on_tick()
            if time.monotonic() - flushed < self._chunk.flush_s:
                continue
            try:
                self.flush()
            except OSError as error:
                self._trouble = error
                return
            flushed = time.monotonic()


def _copied(result: Any) -> Any:
    """Copy a row, rows or a table, because a task may fill the same object again for its next cell."""
    if type(result) is dict:
        return dict(result)
    if result is None or isinstance(result, str | bytes):
        return result
    try:
        if isinstance(result, Mapping):
            return dict(result)
        if isinstance(result, Sequence):
            return [_copied(row) for row in result]
        pandas = sys.modules.get("pandas")  # without which nothing is a table
        if pandas is not None and isinstance(result, pandas.DataFrame):
            return result.copy()
    except Exception:  # a user's class may do anything; whoever stores it says what is wrong
        return result
    return result
