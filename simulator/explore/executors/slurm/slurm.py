"""Runs chunks as jobs of Slurm, which outlive the driver.

::

    submit ─▶ note <key>.chunk ─▶ sbatch, one array ─▶ job: run_chunk ─▶ shards, then note <key>.end
    poll   ◀─ shards and notes, from the folder; jobs that are gone without an end, from one squeue a second

No accounting is needed. While Slurm does not answer, shards are told as before, and what is to be asked is asked later.
"""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.errors import ExecutorError
from simulator.explore.chunk import Report
from simulator.explore.executors.base import CANCELLED_WHY, Executor
from simulator.explore.executors.slurm import commands
from simulator.explore.executors.slurm.commands import SilentError
from simulator.explore.executors.slurm.files import Files
from simulator.explore.executors.slurm.look import Lookout, Task
from simulator.explore.executors.slurm.outbox import Outbox, Patience
from simulator.explore.executors.slurm.why import ENDED, HOPELESS, why_ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simulator.explore.chunk import Chunk
    from simulator.explore.executors.slurm.commands import Seen

__all__ = ["Slurm"]

_logger = logging.getLogger("simulator.explore")

#: How often files are looked at while somebody waits [s].
PAUSE_S = 0.05
#: Chunks that are handed over before any ends; Slurm is good at queues.
CAPACITY = 1000


class Slurm(Executor):
    """Jobs of Slurm, in arrays; settings of each chunk are those of `Settings`.

    Jobs go on when the driver is killed, and a later one takes them over with `attach`; `stop` cancels them.

    Parameters
    ----------
    workers
        How many jobs may wait or run at once; None for as many as there are chunks. How many of them run at once is
        the setting ``array_parallelism`` of a plan.
    grace_s
        How long after a job's end its files may take to be seen from here [s].
    patience_s
        How long Slurm may not answer before the driver gives up [s].

    Examples
    --------
    >>> Slurm(workers=8).name
    'slurm'
    """

    name = "slurm"

    def __init__(self, workers: int | None = None, grace_s: float = 10.0, patience_s: float = 600.0) -> None:
        self._workers = workers
        self._grace_s = grace_s
        self._tasks: dict[str, Task] = {}
        self._patience = Patience(patience_s)
        self._reports: list[Report] = []
        self._over: list[Task] = []
        self._earlier: dict[str, dict[str, Seen]] = {}
        self._lookout: Lookout | None = None

    def start(self, folder: Path) -> None:
        """Make the folder for notes and logs.

        Raises
        ------
        ExecutorError
            Slurm's commands are not on this machine.
        """
        for command in ("sbatch", "srun", "squeue", "scancel", "scontrol"):
            if shutil.which(command) is None:
                raise ExecutorError(
                    f"{command} is not on this machine: run this where jobs of Slurm are submitted, "
                    "or choose another executor (pool runs on this machine)"
                )
        self._folder = folder.resolve()
        self._files = Files(self._folder)
        self._outbox = Outbox(self._folder, self._files.notes.folder, self._patience)
        self._lookout = Lookout(self._patience)

    @property
    def capacity(self) -> int:
        """As many as may be in Slurm's queue."""
        return self._workers or CAPACITY

    def submit(self, chunks: Sequence[Chunk]) -> None:
        """Hand chunks to Slurm; those with equal settings become one array, as far as Slurm takes it.

        Raises
        ------
        ExecutorError
            Slurm refuses; in its own words.
        """
        self._sweep()
        for chunk in chunks:
            self._files.put(chunk)
        self._outbox.add(chunks)
        self._post()

    def _post(self) -> None:
        """Tell Slurm what it has not taken yet."""
        self._outbox.post(self._took, others=bool(self._tasks))

    def _took(self, key: str, job: str) -> None:
        self._files.notes.put(key, "job", job=job)
        self._tasks[key] = Task(key, job, time.monotonic())

    def poll(self, timeout_s: float) -> list[Report]:
        """Tell what happened.

        Raises
        ------
        ExecutorError
            Slurm refuses, or has not answered for long.
        """
        until_s = time.monotonic() + timeout_s
        self._sweep()
        while True:
            if self._patience.may_ask:
                self._post()
            self._tell(self._files.news(self._tasks.values()))
            self._read_states()
            rest_s = until_s - time.monotonic()
            if self._reports or rest_s <= 0:
                break
            time.sleep(min(PAUSE_S, rest_s))
        reports, self._reports = self._reports, []
        return reports

    def _tell(self, reports: list[Report]) -> bool:
        """Keep reports for the driver, and say whether a chunk is over."""
        self._reports += reports
        over = [report for report in reports if report.kind in ("ended", "lost")]
        for report in over:
            task = self._tasks.pop(report.key)
            task.lost = report.kind == "lost"
            self._over.append(task)
        return bool(over)

    def _read_states(self) -> None:
        """Learn which jobs are over."""
        if self._lookout is None or not self._tasks:
            return
        for task, seen in self._lookout.news(self._tasks.values()):
            self._judge(task, seen)

    def _judge(self, task: Task, seen: Seen | None) -> None:
        """Give a chunk up whose job is over without having said so."""
        if seen is not None and seen.state not in ENDED:
            task.gone_s = None
            if seen.state == "PENDING" and seen.reason in HOPELESS and not task.cancelled:
                self._give_up([task])
                self._tell(self._files.lost(task, f"job {task.job} would wait for ever: {seen.reason}"))
            return
        now_s = time.monotonic()
        task.gone_s = now_s if task.gone_s is None else task.gone_s
        if self._tell(self._files.end(task)) or (now_s - task.gone_s < self._grace_s and not task.cancelled):
            return
        why = CANCELLED_WHY if task.cancelled else why_ended(task.job, seen, self._files.log(task))
        self._tell(self._files.lost(task, why))

    def cancel(self, keys: Iterable[str]) -> None:
        """Cancel jobs; they are told as lost when Slurm says that they are over."""
        unwanted = set(keys)
        for key in self._outbox.drop(unwanted):
            self._files.forget(key)
            self._reports.append(Report(key, "lost", why=CANCELLED_WHY))
        self._give_up([self._tasks[key] for key in unwanted if key in self._tasks])
        self._post()

    def _give_up(self, tasks: list[Task]) -> None:
        """Let jobs end: a job whose chunk's note is gone obeys the first signal, and does nothing if it begins."""
        for task in tasks:
            task.cancelled = True
            self._files.notes.remove(task.key, ["chunk"])
        self._outbox.cancel([task.job for task in tasks])
        if self._lookout is not None:
            self._lookout.hurry()

    def attach(self, key: str, who: str) -> bool:
        """Take over a job that an earlier driver submitted.

        Parameters
        ----------
        key
            Which chunk.
        who
            As its report said; if it said none, the note about the job does.

        Returns
        -------
        bool
            Whether the job waits, runs, or has left a note about its end.
        """
        job = self._files.job(key) or who.removeprefix("job ").strip()
        if not job:
            return False
        if self._files.notes.get(key, "end") is None:
            with suppress(SilentError):  # it is asked again
                seen = self._found(job.partition("_")[0]).get(job)
                if seen is None or seen.state in ENDED:
                    return False
        self._tasks[key] = Task(key, job, time.monotonic())
        return True

    def _found(self, array: str) -> dict[str, Seen]:
        """Look at an array of an earlier driver, once for all its tasks."""
        if array not in self._earlier:
            self._earlier[array] = commands.look([array])
        return self._earlier[array]

    def stop(self) -> None:
        """Cancel what waits or runs."""
        if self._lookout is None:
            return
        for key in self._outbox.drop():
            self._files.forget(key)
        self._give_up(list(self._tasks.values()))
        with suppress(ExecutorError):
            self._post()
        if self._outbox.unwanted:
            _logger.warning("Slurm was not told to end jobs: scancel %s", " ".join(self._outbox.unwanted))
        self._lookout.stop()
        self._lookout = None
        self._over += self._tasks.values()
        self._tasks = {}
        self._sweep()

    def _sweep(self) -> None:
        """Remove notes about chunks whose end the driver was told of; logs stay of those that were lost."""
        for task in self._over:
            self._files.sweep(task)
        self._over = []
