"""What trials report: progress, results, and signs of life."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.errors import TrialEndedError
from simulator.service.deciding.lost import count_loss
from simulator.service.deciding.results import Reported
from simulator.service.deciding.usage import checked_cost
from simulator.service.model import Ending, Origin, TrialStatus

if TYPE_CHECKING:
    from simulator.service.deciding.desk import Desk
    from simulator.service.deciding.usage import Usage
    from simulator.service.model import Trial

__all__ = ["end", "finish", "heartbeat", "report", "running"]


async def report(desk: Desk, job_id: str, batch_size: int | None, number: int, usage: Usage) -> Reported:
    """Take in how a trial gets on; see `Dispatcher.report`."""
    job = await desk.open(job_id)
    trial = await desk.trial(batch_size, number)
    if trial.status is TrialStatus.SUCCEEDED:
        return _repeated(trial)
    _refuse_ended(trial)
    spec, cost, metric = job.spec, usage.cost(job.spec), math.nan if usage.metric is None else usage.metric
    bound = math.inf if spec.beta is None or job.min_cost is None else spec.beta * job.min_cost
    reached = metric >= spec.target_metric if spec.higher_is_better else metric <= spec.target_metric
    if cost <= bound and not reached and usage.epoch < spec.max_epochs:
        trial = await _go_on(desk, trial, usage)
        return Reported(trial=trial, stop=False, converged=False, repeated=False, message=_progress(usage, cost, bound))
    converged = reached and cost <= bound
    trial = await _settle(desk, trial, usage, cost=cost, converged=converged)
    if converged:
        message = f"Reached the target in epoch {usage.epoch} at a cost of {cost:.6g} J: stop training."
    elif cost > bound:
        message = f"The cost of {cost:.6g} J exceeds the bound of {bound:.6g} J: stop training."
    else:
        message = f"Epoch {usage.epoch} is the last of {spec.max_epochs}, without the target: stop training."
    return Reported(trial=trial, stop=True, converged=converged, repeated=False, message=message)


async def finish(
    desk: Desk, job_id: str, number: int, usage: Usage, *, converged: bool, cost: float | None, origin: Origin
) -> Reported:
    """Take in an outcome that is known; see `Dispatcher.finish`."""
    job = await desk.open(job_id)
    trial = await desk.trial(None, number)
    if trial.status is TrialStatus.SUCCEEDED:
        return _repeated(trial)
    _refuse_ended(trial)
    cost = usage.cost(job.spec) if cost is None else checked_cost(cost)
    trial = await _settle(desk, trial, usage, cost=cost, converged=converged, origin=origin)
    message = f"Finished at a cost of {cost:.6g} J, {'with' if converged else 'without'} the target."
    return Reported(trial=trial, stop=True, converged=converged, repeated=False, message=message)


async def heartbeat(desk: Desk, job_id: str, number: int) -> Trial:
    """Renew a lease; see `Dispatcher.heartbeat`."""
    await desk.open(job_id)
    trial = await desk.trial(None, number)
    return trial if trial.status is TrialStatus.SUCCEEDED else await running(desk, trial)


async def end(desk: Desk, job_id: str, batch_size: int | None, number: int) -> Trial:
    """End a trial without a result; see `Dispatcher.end`."""
    await desk.open(job_id)
    trial = await desk.trial(batch_size, number)
    if trial.status is not TrialStatus.DISPATCHED:
        return trial
    trial = await desk.layer.update_trial(job_id, None, number, status=TrialStatus.FAILED, ending=Ending.ENDED)
    await count_loss(desk, trial.batch_size)
    return await desk.trial(batch_size, number)


async def running(desk: Desk, trial: Trial) -> Trial:
    """Make sure that a trial is under way, and renew its lease.

    Raises
    ------
    TrialEndedError
        If its client has ended it.
    """
    _refuse_ended(trial)
    trial = await desk.revive(trial)
    return await desk.layer.renew_trial(trial.job_id, None, trial.number, lease_until=desk.lease_until())


async def _go_on(desk: Desk, trial: Trial, usage: Usage) -> Trial:
    """Renew a lease, and store how far the trial got; a report that was overtaken by a later one says nothing new."""
    trial = await desk.revive(trial)
    if usage.epoch < trial.epoch:
        return await desk.layer.renew_trial(trial.job_id, None, trial.number, lease_until=desk.lease_until())
    return await desk.layer.renew_trial(
        trial.job_id,
        None,
        trial.number,
        lease_until=desk.lease_until(),
        epoch=usage.epoch,
        energy_j=usage.energy_j,
        time_s=usage.time_s,
        metric=usage.stored_metric,
    )


async def _settle(
    desk: Desk, trial: Trial, usage: Usage, *, cost: float, converged: bool, origin: Origin = Origin.LIVE
) -> Trial:
    """Store a result, and tell the policy, unless it was told that the trial is lost: one trial counts once."""
    trial = await desk.revive(trial)
    observation = trial.observation
    if observation is None:
        observation = await desk.tell(trial, cost, converged=converged)
    return await desk.layer.update_trial(
        trial.job_id,
        None,
        trial.number,
        status=TrialStatus.SUCCEEDED,
        energy_j=usage.energy_j,
        time_s=usage.time_s,
        converged=converged,
        cost=cost,
        epoch=usage.epoch,
        metric=usage.stored_metric,
        observation=observation,
        origin=origin,
    )


def _refuse_ended(trial: Trial) -> None:
    if trial.status is TrialStatus.FAILED and trial.ending is not Ending.EXPIRED:
        raise TrialEndedError(
            f"trial {trial.number} of job {trial.job_id!r} was ended by its client, and takes no report"
        )


def _repeated(trial: Trial) -> Reported:
    message = f"Trial {trial.number} is already reported."
    return Reported(trial=trial, stop=True, converged=bool(trial.converged), repeated=True, message=message)


def _progress(usage: Usage, cost: float, bound: float) -> str:
    limit = "nothing is known to compare with" if bound == math.inf else f"the bound is {bound:.6g} J"
    return f"Epoch {usage.epoch}: {cost:.6g} J so far, {limit}; go on."
