"""What Slurm is to be told: chunks to be submitted, jobs to be cancelled, until it takes them."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

from simulator.errors import ExecutorError
from simulator.explore.executors.slurm import commands
from simulator.explore.executors.slurm.commands import SilentError
from simulator.explore.executors.slurm.submit import Batch, FullError, send

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from simulator.explore.chunk import Chunk

__all__ = ["Outbox", "Patience"]

_logger = logging.getLogger("simulator.explore")

#: How long to wait before Slurm is asked again for what it did not do [s].
AGAIN_S = 2.0


class Patience:
    """Bears with a Slurm that does not answer, for a while.

    Parameters
    ----------
    patience_s
        For how long [s].
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._silent_s: float | None = None
        self._again_s = 0.0

    @property
    def may_ask(self) -> bool:
        """Whether it is time to ask Slurm something."""
        return time.monotonic() >= self._again_s

    def heard(self) -> None:
        """Take note of an answer."""
        self._silent_s = None

    def wait(self) -> None:
        """Let Slurm be asked a bit later."""
        self._again_s = time.monotonic() + AGAIN_S

    def silent(self, error: SilentError) -> None:
        """Take note that there was none.

        Raises
        ------
        ExecutorError
            There has been none for too long.
        """
        self.wait()
        now_s = time.monotonic()
        if self._silent_s is None:
            self._silent_s = now_s
            _logger.warning("Slurm does not answer; it is asked until it does: %s", error)
        if now_s - self._silent_s > self._patience_s:
            raise ExecutorError(
                f"Slurm has not answered for {self._patience_s:.0f} s: {error}; its jobs go on, and run again to "
                "take their results"
            )


class Outbox:
    """Chunks and wishes on their way to Slurm.

    Parameters
    ----------
    folder
        The sweep's folder.
    logs
        Where submitit keeps its files.
    patience
        What to do when Slurm does not answer.

    Attributes
    ----------
    unwanted : list of str
        Jobs that Slurm was not told to cancel yet.
    """

    def __init__(self, folder: Path, logs: Path, patience: Patience) -> None:
        self._folder = folder
        self._logs = logs
        self._patience = patience
        self._batches: list[Batch] = []
        self.unwanted: list[str] = []
        self._largest: int | None = None

    def add(self, chunks: Sequence[Chunk]) -> None:
        """Take chunks; those with equal settings will be one array."""
        batches: dict[str, Batch] = {}
        for chunk in chunks:
            settings = json.dumps(dict(chunk.settings), sort_keys=True)
            batches.setdefault(settings, Batch([], chunk.settings)).keys.append(chunk.key)
        self._batches += batches.values()

    def drop(self, keys: set[str] | None = None) -> list[str]:
        """Take chunks out again, all of them if none are named, and say which were here."""
        if keys is None:
            keys = {key for batch in self._batches for key in batch.keys}
        dropped = [key for batch in self._batches for key in batch.keys if key in keys]
        for batch in self._batches:
            batch.keys = [key for key in batch.keys if key not in keys]
        self._batches = [batch for batch in self._batches if batch.keys]
        return dropped

    def cancel(self, jobs: list[str]) -> None:
        """Let jobs be cancelled."""
        self.unwanted += jobs

    def post(self, took: Callable[[str, str], None], *, others: bool) -> None:
        """Tell Slurm what waits here, as far as it takes it.

        Parameters
        ----------
        took
            Called with each chunk that was taken, and its job, as soon as that is known.
        others
            Whether Slurm has jobs of ours whose end may make room.

        Raises
        ------
        ExecutorError
            Slurm refuses, or has not answered for long.
        """
        try:
            if self.unwanted:
                commands.cancel(self.unwanted)
                self.unwanted = []
            while self._batches:
                try:
                    jobs = self._send_first()
                except FullError as error:
                    self._part_first(error, others=others)
                    break
                others = True
                for key, job in jobs.items():
                    took(key, job)
        except SilentError as error:
            self._patience.silent(error)
        else:
            self._patience.heard()

    def _send_first(self) -> dict[str, str]:
        """Submit the first batch, or as much of it as an array may hold."""
        if self._largest is None:
            self._largest = commands.largest_array()
        first = self._batches[0]
        if len(first.keys) > self._largest:
            parts = first.keys[: self._largest], first.keys[self._largest :]
            self._batches[:1] = [Batch(keys, first.settings) for keys in parts]
        try:
            jobs = send(self._batches[0], self._folder, self._logs)
        except ExecutorError:
            del self._batches[0]
            raise
        del self._batches[0]
        return jobs

    def _part_first(self, error: FullError, *, others: bool) -> None:
        """Try fewer chunks at once, later."""
        first = self._batches[0]
        half = len(first.keys) // 2
        if not half and not others:
            raise ExecutorError(f"Slurm does not take the jobs: {error}")
        parts = first.keys[:half], first.keys[half:]
        self._batches[:1] = [Batch(keys, first.settings) for keys in parts if keys]
        self._patience.wait()
