"""Runs cells in this process."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from simulator.explore.chunk import Report
from simulator.explore.executors.base import CANCELLED_WHY, Executor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simulator.explore.chunk import Chunk

__all__ = ["Inline"]


class Inline(Executor):
    """In this process, one chunk at each `poll`, so that a debugger and Ctrl-C work as they do anywhere.

    A cell that ends the process ends the driver, too; `Pool` is for these.
    """

    name = "inline"

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._chunks: deque[Chunk] = deque()
        self._reports: list[Report] = []

    def start(self, folder: Path) -> None:
        """Remember the folder."""
        self._folder = folder

    @property
    def capacity(self) -> int:
        """One."""
        return 1

    def submit(self, chunks: Sequence[Chunk]) -> None:
        """Keep chunks until they are polled for."""
        self._chunks.extend(chunks)

    def poll(self, timeout_s: float) -> list[Report]:  # it works instead of waiting
        """Run the next chunk, however long that takes.

        Parameters
        ----------
        timeout_s
            Ignored.

        Returns
        -------
        list of Report
            What happened; empty if there is nothing to run.

        Raises
        ------
        KeyboardInterrupt
            Somebody pressed Ctrl-C; what was finished lies in shards, and the next call tells.
        """
        if not self._reports and self._chunks:
            self._run(self._chunks.popleft())
        reports, self._reports = self._reports, []
        return reports

    def _run(self, chunk: Chunk) -> None:
        from simulator.explore.work import run_chunk

        assert self._folder is not None, "start() comes first"
        try:
            run_chunk(chunk, self._folder, self._reports.append)
        except OSError as error:  # raised by what stores results; what a cell raises is an outcome
            self._reports.append(Report(chunk.key, "lost", why=f"its results could not be written: {error}"))
        except BaseException:
            self._reports.append(Report(chunk.key, "lost", why="interrupted"))
            raise

    def cancel(self, keys: Iterable[str]) -> None:
        """Drop chunks that wait; none runs while this is called."""
        unwanted = set(keys)
        self._reports += [
            Report(chunk.key, "lost", why=CANCELLED_WHY) for chunk in self._chunks if chunk.key in unwanted
        ]
        self._chunks = deque(chunk for chunk in self._chunks if chunk.key not in unwanted)

    def stop(self) -> None:
        """Drop all chunks that wait."""
        self._chunks.clear()
