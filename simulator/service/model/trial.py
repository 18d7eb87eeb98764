"""One training run of a job, from the batch size it was given to what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["LARGEST_AMOUNT", "Ending", "Origin", "Trial", "TrialStatus", "TrialType"]

#: No cost [J], energy [J] or time [s] is larger: beliefs rest on squares of costs, which must not overflow.
LARGEST_AMOUNT = 1e100


class TrialType(StrEnum):
    """Why a trial has the batch size that it has."""

    EXPLORATION = "Exploration"  # the policy explores, and awaits this result before it goes on
    CONCURRENT = "Concurrent"  # the best size known, since a result is awaited; or a size of the client's choice
    MAB = "MAB"  # the policy chose, and may choose again before the result is there


class TrialStatus(StrEnum):
    """Where a trial stands."""

    DISPATCHED = "Dispatched"  # it runs, as far as is known
    SUCCEEDED = "Succeeded"  # a final report arrived; whether it converged is another matter
    FAILED = "Failed"  # it ended, or was lost, without a final report


class Ending(StrEnum):
    """How a trial came to its end."""

    REPORTED = "reported"
    ENDED = "ended"  # by its client
    EXPIRED = "expired"  # its lease ran out
    RECORDED = "recorded"  # it ran elsewhere, and was entered afterwards


class Origin(StrEnum):
    """Where what a trial used up comes from."""

    LIVE = "live"  # it ran, and reported
    RECORDED = "recorded"  # entered from runs, or traces, that were recorded elsewhere
    SYNTHETIC = "synthetic"  # from traces that a model made, and nobody recorded
    PREDICTED = "predicted"  # from traces in part of which a model stands in for what nobody recorded
    UNKNOWN = "unknown"  # entered, and nobody said from what


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial as stored. Times are UTC.

    Parameters
    ----------
    job_id, number
        Which job's, and which of them, from 1 on over all types.
    batch_size, power_limit_w
        What it runs with; the limit [W] is None if none was chosen, or not yet.
    type, status, ending
        See the enumerations; ``ending`` is None while it runs.
    reason
        Why this batch size, in words for people.
    epoch
        Latest epoch reported, from 1 on; 0 before.
    energy_j, time_s
        What it used up so far [J, s]; 0 before the first report.
    metric
        Validation metric of that epoch; None before, or if it was no finite number.
    cost
        Energy–time cost [J], None without a final report.
    converged
        Whether it reached the target within its bound; None without a final report.
    observation
        Which of the results that the policy was told this was, from 1 on; None if it was not told.
    started_at, ended_at, lease_until
        When it was dispatched, when it ended, and until when it may be silent.
    origin
        Where what it used up comes from.
    """

    job_id: str
    number: int
    batch_size: int
    power_limit_w: int | None
    type: TrialType
    status: TrialStatus
    ending: Ending | None
    reason: str
    epoch: int
    energy_j: float
    time_s: float
    metric: float | None
    cost: float | None
    converged: bool | None
    observation: int | None
    started_at: datetime
    ended_at: datetime | None
    lease_until: datetime
    origin: Origin = Origin.LIVE
