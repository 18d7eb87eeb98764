"""Trials as they are about to be stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.cost import weigh
from simulator.errors import BadValueError
from simulator.service.layer.checks import stored_moment, stored_real, stored_text, stored_whole
from simulator.service.model import Origin, Trial, TrialStatus, TrialType

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.model import Job

__all__ = ["new_trial", "with_progress", "with_result"]


def new_trial(
    job: Job,
    type: TrialType,  # noqa: A002  (the field's name)
    batch_size: int,
    reason: str,
    *,
    started_at: datetime,
    lease_until: datetime,
    power_limit_w: int | None,
) -> Trial:
    """Make a trial of a job, Dispatched and without a number yet.

    Raises
    ------
    BadValueError
        If the batch size is none of the job's, or another value cannot be stored.
    """
    if batch_size not in job.spec.batch_sizes:
        raise BadValueError(f"batch_size is {batch_size}; job {job.job_id!r} has {list(job.spec.batch_sizes)}")
    return Trial(
        job_id=job.job_id,
        number=0,
        batch_size=int(batch_size),
        power_limit_w=None if power_limit_w is None else stored_whole("power_limit_w", power_limit_w, least=1),
        type=TrialType(type),
        status=TrialStatus.DISPATCHED,
        ending=None,
        reason=stored_text("reason", reason),
        epoch=0,
        energy_j=0.0,
        time_s=0.0,
        metric=None,
        cost=None,
        converged=None,
        observation=None,
        started_at=started_at,
        ended_at=None,
        lease_until=stored_moment("lease_until", lease_until),
        origin=Origin.LIVE,
    )


def with_result(
    trial: Trial, job: Job, energy_j: float | None, time_s: float | None, cost: float | None, converged: bool | None
) -> Trial:
    """Say what a trial that succeeded came to.

    Raises
    ------
    BadValueError
        If something is missing, or cannot be stored.
    """
    if energy_j is None or time_s is None or converged is None:
        raise BadValueError(
            f"energy_j is {energy_j}, time_s is {time_s} and converged is {converged}; a trial that succeeded has all"
        )
    energy_j, time_s = stored_real("energy_j", energy_j, least=0), stored_real("time_s", time_s, least=0)
    if cost is None:
        cost = weigh(energy_j, time_s, job.spec.eta, job.spec.max_power_w)
    return replace(
        trial, energy_j=energy_j, time_s=time_s, cost=stored_real("cost", cost, least=0), converged=bool(converged)
    )


def with_progress(trial: Trial, epoch: int, metric: float | None, observation: int | None) -> Trial:
    """Say how far a trial got, and which result of those that the policy was told it is.

    Raises
    ------
    BadValueError
        If a value cannot be stored.
    """
    return replace(
        trial,
        epoch=stored_whole("epoch", epoch, least=0),
        metric=None if metric is None else stored_real("metric", metric),
        observation=trial.observation if observation is None else stored_whole("observation", observation, least=1),
    )
