"""Writes both kinds of samples from a thread of its own: forcing them to a disk may take longer than a tick."""

from __future__ import annotations

from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from simulator.collect.sampling.schema import FILES, KINDS
from simulator.collect.sampling.stream import StreamWriter, next_files
from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.collect.sampling.loop import Rows

__all__ = ["Recorder"]


class Recorder:
    """A pair of files, fast and slow, that samples are written to in the background.

    Parameters
    ----------
    directory
        A run's directory; it is made if it does not exist.
    metadata
        What is known of the collection.
    clock
        Says when files are forced to the disk.

    Raises
    ------
    CollectError
        If the files cannot be made.

    Notes
    -----
    The thread stops at the first thing that the disk refuses; the files then end with a whole batch, and the next
    `write` and `close` say what it was.
    """

    def __init__(self, directory: Path, metadata: Mapping[str, Any], *, clock: Clock | None = None) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CollectError(
                f"{directory} cannot be made: {error.strerror}; collect into another directory"
            ) from error
        self.files = next_files(directory, list(FILES.values()))
        self._writers: list[StreamWriter] = []
        try:
            for path, kind in zip(self.files, FILES, strict=True):
                self._writers.append(StreamWriter(path, KINDS[kind], metadata, clock=clock))
        except CollectError:
            self._close_writers()
            raise
        self._failure: CollectError | None = None
        self._queue: SimpleQueue[tuple[Rows, Rows] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def write(self, fast: Rows, slow: Rows) -> None:
        """Hand over a batch of each kind; either may be empty.

        Raises
        ------
        CollectError
            If an earlier batch could not be written.
        """
        if self._failure is not None:
            raise self._failure
        self._queue.put((fast, slow))

    def close(self) -> dict[str, int]:
        """Write what is left, end the files and force them to the disk.

        Returns
        -------
        dict
            How many ``rows`` and ``slow_rows`` the files hold.

        Raises
        ------
        CollectError
            If not everything could be written.
        """
        self._queue.put(None)
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        fast, slow = self._writers
        return {"rows": fast.rows, "slow_rows": slow.rows}

    def _work(self) -> None:
        try:
            while (batches := self._queue.get()) is not None:
                for writer, rows in zip(self._writers, batches, strict=True):
                    writer.write(rows)
            for writer in self._writers:
                writer.close()
        except CollectError as error:
            self._failure = error
            self._close_writers()

    def _close_writers(self) -> None:
        for writer in self._writers:
            with suppress(CollectError):  # the first failure is the one that is told
                writer.close()
