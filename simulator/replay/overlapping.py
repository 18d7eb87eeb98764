"""A job that is submitted again while earlier submissions still run, as on a cluster.

A submission's start and end come from the cluster's trace; what it uses up comes from the job's trace.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from simulator.errors import ConvergenceError, JobError, TraceError
from simulator.replay.history import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.replay.run import Launcher

__all__ = ["MAX_TRIES", "Submission", "replay_submissions", "submissions_from"]

#: Tries after which a submission is given up. The published simulator has no such bound, and may never end.
MAX_TRIES = 1000


class Submission(NamedTuple):
    """One submission of a job.

    Parameters
    ----------
    start_s, end_s
        When it started and ended in the cluster's trace [s].
    runtime_ratio
        Its length relative to the mean of its kind.
    """

    start_s: float
    end_s: float
    runtime_ratio: float


def submissions_from(group: pd.DataFrame) -> list[Submission]:
    """Read the submissions of one group, in the order of its rows.

    Parameters
    ----------
    group
        Table with the columns start_time [s], end_time [s] and runtime_ratio.

    Returns
    -------
    list of Submission
        One for each row.

    Raises
    ------
    TraceError
        If a column is missing, or does not hold numbers.
    """
    names = ("start_time", "end_time", "runtime_ratio")
    if missing := [name for name in names if name not in group.columns]:
        has = ", ".join(map(str, group.columns))
        raise TraceError(f"the group has no column {', '.join(missing)}; it has {has}")
    columns = [pd.to_numeric(group[name], errors="coerce") for name in names]
    for name, column in zip(names, columns, strict=True):
        if column.isna().any():
            raise TraceError(f"{name} of a group must be numbers, but is {group[name][column.isna()].iloc[0]!r}")
    return [Submission(*row) for row in zip(*(column.astype(float).tolist() for column in columns), strict=True)]


def replay_submissions(launcher: Launcher, submissions: Sequence[Submission], *, beta: float) -> Iterator[Record]:
    """Replay submissions, which may overlap.

    Before each submission, the runs that have ended by then are taken in the order of their ends; each is observed,
    and a failed one is retried at once, for the same duration. A submission, or retry, with others in flight uses
    the batch size of the cheapest run so far; otherwise the policy decides.

    Parameters
    ----------
    launcher
        Launches the job's runs.
    submissions
        Submissions in the order of their starts.
    beta
        Early stopping knob β: a run may cost β times the cheapest run so far.

    Yields
    ------
    Record
        Every run, as it ends.

    Raises
    ------
    JobError
        If the job has no default batch size: it is the best known one until a run has ended.
    ConvergenceError
        If a submission fails `MAX_TRIES` times.
    """
    cluster = _Cluster(launcher, beta=beta)
    for recurrence, submission in enumerate(submissions):
        yield from cluster.reap(until_s=submission.start_s)
        cluster.start(recurrence, 1, submission)
    yield from cluster.reap(until_s=math.inf)


class _Cluster:
    """Runs in flight, and the best that is known from those that ended."""

    def __init__(self, launcher: Launcher, *, beta: float) -> None:
        if launcher.job.default_bs is None:
            raise JobError(
                f"{launcher.job} needs a default batch size to be submitted in groups: Job(..., default_bs=...)"
            )
        self._launcher = launcher
        self._beta = beta
        self._lowest_cost = math.inf
        self._best_size = launcher.job.default_bs
        self._started = 0
        # A heap by end; runs that end together are taken in the order in which they were started.
        self._in_flight: list[tuple[float, int, Submission, Record]] = []

    def start(self, recurrence: int, attempt: int, submission: Submission) -> None:
        """Launch a run; what it will come to is settled here, and observed when it ends."""
        launcher = self._launcher
        size = self._best_size if self._in_flight else launcher.batch_policy.predict(launcher.job)
        run = launcher.launch(size, recurrence=recurrence, bound=self._beta * self._lowest_cost)
        record = Record(recurrence, attempt, run, submission.start_s, submission.end_s, submission.runtime_ratio)
        heapq.heappush(self._in_flight, (submission.end_s, self._started, submission, record))
        self._started += 1

    def reap(self, *, until_s: float) -> Iterator[Record]:
        """Take the runs that have ended, and retry those that failed, whose retries may have ended as well."""
        job, policy = self._launcher.job, self._launcher.batch_policy
        while self._in_flight and self._in_flight[0][0] <= until_s:
            _, _, submission, record = heapq.heappop(self._in_flight)
            run = record.outcome
            policy.observe(job, run.batch_size, run.cost, run.reached)
            if run.ran:
                yield record
            if not run.reached:
                self._retry(record, submission)
            elif run.cost < self._lowest_cost:
                self._lowest_cost, self._best_size = run.cost, run.batch_size

    def _retry(self, record: Record, submission: Submission) -> None:
        if record.attempt == MAX_TRIES:
            raise ConvergenceError(
                f"submission {record.recurrence} (from 0) of {self._launcher.job} failed {MAX_TRIES} times with policy "
                f"{self._launcher.batch_policy.name!r}, beta={self._beta}; raise beta or max_epochs, or choose an "
                "easier target"
            )
        start_s, end_s, ratio = submission
        self.start(record.recurrence, record.attempt + 1, Submission(end_s, end_s + (end_s - start_s), ratio))
