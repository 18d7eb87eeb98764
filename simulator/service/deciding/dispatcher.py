"""The use cases of the service: everything that training jobs and people may ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import ExhaustedError
from simulator.service.deciding import dispatching, profiling, recording, reporting
from simulator.service.deciding.registrar import Registrar
from simulator.service.deciding.usage import Usage
from simulator.service.model import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.service.deciding.results import Dispatched, RecordedRun, Reported
    from simulator.service.model import Trial

__all__ = ["Dispatcher"]


class Dispatcher(Registrar):
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
        outcome = await self._write(lambda desk: dispatching.dispatch(desk, job_id, key, batch_size))
        if isinstance(outcome, ExhaustedError):
            raise outcome
        return outcome

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
        usage = Usage(energy_j=energy_j, time_s=time_s, metric=metric, epoch=epoch)
        return await self._write(lambda desk: reporting.report(desk, job_id, batch_size, number, usage))

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
        origin: Origin = Origin.LIVE,
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
        origin
            Where the outcome comes from, if not from a run that took place.

        Raises
        ------
        UnknownJobError, UnknownTrialError, TrialEndedError, BadValueError
            As `report` does.
        """
        usage = Usage(energy_j=energy_j, time_s=time_s, epoch=epoch)
        return await self._write(
            lambda desk: reporting.finish(desk, job_id, number, usage, converged=converged, cost=cost, origin=origin)
        )

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
        return await self._write(lambda desk: profiling.profile(desk, job_id, number, measurements))

    async def heartbeat(self, job_id: str, number: int) -> Trial:
        """Renew the lease of a trial that is silent for other reasons than death.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        TrialEndedError
            If its client has ended it.
        """
        return await self._write(lambda desk: reporting.heartbeat(desk, job_id, number))

    async def end(self, job_id: str, batch_size: int | None, number: int) -> Trial:
        """End a trial without a result; one that has ended stays as it is.

        Raises
        ------
        UnknownJobError, UnknownTrialError
            If there is no such job, or trial.
        """
        return await self._write(lambda desk: reporting.end(desk, job_id, batch_size, number))

    async def record(self, job_id: str, runs: Sequence[RecordedRun], *, key: str | None = None) -> list[Trial]:
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
            If a run has a batch size that is none of the job's, or a number is negative or not finite.
        """
        return await self._write(lambda desk: recording.record(desk, job_id, runs, key))
