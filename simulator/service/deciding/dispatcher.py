"""The use cases of the service: everything that training jobs and people may ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.service.layer.fetched import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from simulator.service.database.database import Database
    from simulator.service.deciding.results import (
        Dispatched,
        JobStanding,
        RecordedRun,
        Registered,
        Reported,
        SizeCosts,
        Why,
    )
    from simulator.service.model import Arm, Job, JobSpec, Stage, Trial, TrialStatus
    from simulator.service.settings import Settings

__all__ = ["Dispatcher"]


class Dispatcher:
    """Registers jobs, hands out their trials, and takes in what these came to.

    Every use case is one transaction that locks its job first, so any number of processes may serve one database.
    What is decided is decided by a policy of `simulator.policy` on state that is stored: a restart changes nothing, to
    the last bit.

    Parameters
    ----------
    database
        Where everything is kept.
    settings
        Leases, and how many policy states are kept in memory.
    clock
        What time it is, in UTC.
    """

    def __init__(self, database: Database, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def register(self, spec: JobSpec, *, key: str | None = None) -> Registered:
        """Register a job; an equal one that is registered already is answered as it stands.

        Parameters
        ----------
        spec
            The job. Without a ``job_id`` it gets one that begins with its prefix.
        key
            Idempotency key: the same request with the same key is answered with the same job.

        Raises
        ------
        JobConflictError
            If another job has this id.
        SpecError
            If its policy does not exist, cannot be made, or cannot serve live jobs.
        KeyReusedError
            If the key came with another job before.
        """
        raise NotImplementedError

    async def dispatch(self, job_id: str, *, key: str | None = None, batch_size: int | None = None) -> Dispatched:
        """Hand out a trial.

        Parameters
        ----------
        job_id
            Whose.
        key
            Idempotency key: the same request with the same key is answered with the same trial.
        batch_size
            A size of the client's choice; None: the policy chooses.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        ExhaustedError
            If no batch size is left to choose: none reached the target at an affordable cost.
        BadValueError
            If the job has no such batch size.
        KeyReusedError
            If the key came with another request before.
        """
        raise NotImplementedError

    async def report(
        self,
        job_id: str,
        batch_size: int | None,
        number: int,
        *,
        energy_j: float,
        time_s: float,
        metric: float,
        epoch: int,
    ) -> Reported:
        """Take in how a trial gets on, and say whether it shall stop.

        Parameters
        ----------
        job_id, batch_size, number
            Which trial; without a batch size the number is enough.
        energy_j, time_s
            What it has used up since it began [J, s].
        metric
            Validation metric. NaN is a metric that reaches no target.
        epoch
            Epochs done, from 1 on.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If its client has ended it.
        BadValueError
            If a number is negative, or not finite.
        """
        raise NotImplementedError

    async def finish(
        self,
        job_id: str,
        number: int,
        *,
        energy_j: float,
        time_s: float,
        converged: bool,
        cost: float | None = None,
        epoch: int = 0,
    ) -> Reported:
        """Take in the outcome of a trial from a caller who knows it, as a replay does.

        Parameters
        ----------
        job_id, number
            Which trial.
        energy_j, time_s
            What it used up [J, s].
        converged
            Whether it reached the target at an affordable cost.
        cost
            What the policy is told [J]; None: the energy–time cost of energy and time.
        epoch
            Epochs done; 0: not known.

        Raises
        ------
        UnknownJobError, UnknownTrialError, TrialEndedError, BadValueError
            As `report` does.
        """
        raise NotImplementedError

    async def profile(self, job_id: str, number: int, measurements: Sequence[tuple[int, float, float]]) -> int:
        """Take in what an epoch takes at each power limit, and choose the limit of a trial.

        Parameters
        ----------
        job_id, number
            Which trial.
        measurements
            Triples of power limit [W], mean power of all its GPUs [W] and time of an epoch [s].

        Returns
        -------
        int
            The power limit [W] to train with.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If it has ended.
        BadValueError
            If the job has no power policy or no such limit, or a number is negative or not finite.
        """
        raise NotImplementedError

    async def heartbeat(self, job_id: str, number: int) -> Trial:
        """Renew the lease of a trial that is silent for other reasons than death.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If its client has ended it.
        """
        raise NotImplementedError

    async def end(self, job_id: str, batch_size: int | None, number: int) -> Trial:
        """End a trial without a result; one that has ended stays as it is.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        """
        raise NotImplementedError

    async def delete(self, job_id: str) -> None:
        """Delete a job and everything under it.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        """
        raise NotImplementedError

    async def record(self, job_id: str, runs: Sequence[RecordedRun]) -> list[Trial]:
        """Enter runs that took place without the service, so that the policy need not begin from nothing.

        The policy is asked, and runs are taken in the order in which it asks for their sizes; what it does not ask
        for it is told afterwards, in the order given.

        Returns
        -------
        list of Trial
            The trials, in the order in which the policy was told.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        BadValueError
            If a run has a batch size or power limit that is none of the job's, or a number is negative or not finite.
        """
        raise NotImplementedError

    async def expire(self) -> int:
        """Give up all trials that were silent for longer than their lease.

        Returns
        -------
        int
            How many.
        """
        raise NotImplementedError

    async def get_job(self, job_id: str) -> Job:
        """Read a job; UnknownJobError if there is none."""
        raise NotImplementedError

    async def list_jobs(
        self, *, after: str | None = None, limit: int = 100, prefix: str = "", stage: Stage | None = None
    ) -> list[Job]:
        """List jobs by id, from the one behind `after` on."""
        raise NotImplementedError

    async def get_trial(self, job_id: str, number: int) -> Trial:
        """Read a trial; UnknownJobError or UnknownTrialError if there is none."""
        raise NotImplementedError

    async def list_trials(
        self, job_id: str, *, after: int = 0, limit: int = 100, status: TrialStatus | None = None
    ) -> list[Trial]:
        """List trials by number, from the one behind `after` on; UnknownJobError if there is no such job."""
        raise NotImplementedError

    async def get_arms(self, job_id: str) -> list[Arm]:
        """Read what the policy believes, ascending by batch size; UnknownJobError if there is no such job."""
        raise NotImplementedError

    async def standing(self, job_id: str) -> JobStanding:
        """Read a job with its sums; UnknownJobError if there is none."""
        raise NotImplementedError

    async def list_standings(
        self, *, after: str | None = None, limit: int = 100, prefix: str = "", stage: Stage | None = None
    ) -> list[JobStanding]:
        """List jobs with their sums, as `list_jobs` does."""
        raise NotImplementedError

    async def costs(self, job_id: str) -> list[SizeCosts]:
        """Read what the trials of each batch size came to, ascending; UnknownJobError if there is no such job."""
        raise NotImplementedError

    async def explain(self, job_id: str, number: int) -> Why:
        """Say why a trial has its batch size; UnknownJobError or UnknownTrialError if there is none."""
        raise NotImplementedError
