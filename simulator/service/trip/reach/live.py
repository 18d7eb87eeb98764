"""What is asked of a service, wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.service.deciding.results import Dispatched, JobStanding, RecordedRun
    from simulator.service.model import Job, JobSpec, Origin, Trial

__all__ = ["JobHistory", "LiveService"]


@dataclass(frozen=True)
class JobHistory:
    """A job with all its trials.

    Parameters
    ----------
    job
        The job.
    trials
        Its trials, by number.
    """

    job: Job
    trials: list[Trial]


class LiveService(Protocol):
    """A service's use cases, called one after another.

    All raise `simulator.errors.ServiceError`, or what it refuses with.
    """

    def register(self, spec: JobSpec) -> str:
        """Register a job; returns its id."""

    def dispatch(self, job_id: str, *, batch_size: int | None = None) -> Dispatched:
        """Hand out a trial, of a batch size of the caller's choice if one is given."""

    def profile(self, job_id: str, number: int, measurements: Sequence[tuple[int, float, float]]) -> int:
        """Tell what an epoch takes at each limit: limit [W], power [W], time [s]; returns the limit chosen [W]."""

    def finish(
        self,
        job_id: str,
        number: int,
        *,
        energy_j: float,
        time_s: float,
        converged: bool,
        cost: float,
        epoch: int,
        origin: Origin,
    ) -> bool:
        """Tell what a trial came to, and where that comes from; returns whether the policy was told."""

    def record(self, job_id: str, runs: Sequence[RecordedRun], *, key: str) -> list[Trial]:
        """Enter runs that were recorded elsewhere, once for each key."""

    def history(self, job_id: str) -> JobHistory:
        """Read a job and all its trials."""

    def standings(self, prefix: str = "") -> list[JobStanding]:
        """Read all jobs whose ids begin so, by id, with their sums."""

    def delete(self, job_id: str) -> None:
        """Delete a job and all that is under it."""

    def close(self) -> None:
        """Let go of what was opened."""
