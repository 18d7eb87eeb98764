"""Asks Slurm about all jobs at once, beside other work."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.explore.executors.slurm import commands
from simulator.explore.executors.slurm.commands import SilentError

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from simulator.explore.executors.slurm.commands import Seen
    from simulator.explore.executors.slurm.outbox import Patience

__all__ = ["Lookout", "Task"]

#: How often Slurm is asked [s].
LOOK_S = 1.0


@dataclass
class Task:
    """A chunk that Slurm has.

    Parameters
    ----------
    key
        Which.
    job
        Its job, as ``job`` or ``array_task``.
    since_s
        When it was submitted, or taken over, by the monotonic clock [s].
    begun
        Whether that was told.
    cancelled
        Whether nobody wants it any more.
    lost
        Whether it ended without its end.
    gone_s
        Since when Slurm says that it is over [s]; None if it does not.
    """

    key: str
    job: str
    since_s: float
    begun: bool = False
    cancelled: bool = False
    lost: bool = False
    gone_s: float | None = None


class Lookout:
    """Asks ``squeue`` at most once a second, and does not wait for the answer.

    Parameters
    ----------
    patience
        What to do when Slurm does not answer.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="squeue")
        self._asked: Future[dict[str, Seen]] | None = None
        self._asked_s = float("-inf")

    def hurry(self) -> None:
        """Ask again as soon as possible."""
        self._asked_s = float("-inf")

    def news(self, tasks: Collection[Task]) -> list[tuple[Task, Seen | None]]:
        """Return the answer to the last question, if it has come, and ask the next one, if it is time.

        Parameters
        ----------
        tasks
            What is to be known.

        Returns
        -------
        list of (Task, Seen or None)
            What Slurm says; None if it does not know a job any more. Empty if there is no answer yet.

        Raises
        ------
        ExecutorError
            Slurm refuses, or has not answered for long.
        """
        found: list[tuple[Task, Seen | None]] = []
        if self._asked is not None and self._asked.done():
            asked, self._asked = self._asked, None
            try:
                seen = asked.result()
            except SilentError as error:
                self._patience.silent(error)
            else:
                self._patience.heard()
                found = [(task, seen.get(task.job)) for task in tasks if task.since_s < self._asked_s]
        if self._asked is None and time.monotonic() - self._asked_s >= LOOK_S and self._patience.may_ask:
            jobs = sorted({task.job.partition("_")[0] for task in tasks})
            self._asked_s = time.monotonic()
            self._asked = self._thread.submit(commands.look, jobs)
        return found

    def stop(self) -> None:
        """Wait for the last answer, which nobody wants any more."""
        self._thread.shutdown(wait=True, cancel_futures=True)
