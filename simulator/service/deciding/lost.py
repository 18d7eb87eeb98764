"""Trials that came to nothing: their leases ran out, or their clients ended them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.service.model.trial import LARGEST_AMOUNT

if TYPE_CHECKING:
    from simulator.service.deciding.desk import Desk
    from simulator.service.model import Trial

__all__ = ["count_loss", "give_up_silent"]

#: By how much a size that could not run is worse than what β allows (published simulator, and the event engine).
UNAFFORDABLE = 100

#: The least difference of two stored times.
MOMENT = timedelta(microseconds=1)


async def give_up_silent(desk: Desk) -> int:
    """Fail the job's trials whose leases ran out, and return how many."""
    expired = await desk.layer.expire_trials(desk.job.job_id, desk.now)
    for size in dict.fromkeys(trial.batch_size for trial in expired):
        await count_loss(desk, size)
    return len(expired)


async def count_loss(desk: Desk, batch_size: int) -> None:
    """Count a trial of a size that was just lost; tell the policy that the size does not work if that was one too many.

    Only trials of which each began after the one before was lost count apart: if a server, or a whole cluster, was down
    for longer than a lease, its trials are lost at once, and that says nothing about a size. It is noted on the latest
    of them, from which on the next ones are counted.
    """
    latest = await desk.layer.get_last_failure(desk.job.job_id, batch_size)
    if latest is None or not await _too_many(desk, latest):
        return
    trial = await desk.trial(batch_size, latest.number)
    cost = _assumed_cost(desk, trial)
    observation = await desk.tell(trial, cost, converged=False)
    if observation is not None:
        await desk.trial(batch_size, trial.number)
        await desk.layer.note_observation(trial.job_id, trial.number, observation, cost=cost)


async def _too_many(desk: Desk, latest: Trial) -> bool:
    for _ in range(desk.job.spec.max_failures - 1):
        earlier = await _lost_before(desk, latest)
        if earlier is None:
            return False
        latest = earlier
    return True


async def _lost_before(desk: Desk, trial: Trial) -> Trial | None:
    """Find the latest trial of the same row that was lost when a trial began."""
    for by in (trial.started_at, trial.started_at - MOMENT):  # it may have ended at once, and is not before itself
        earlier = await desk.layer.get_last_failure(trial.job_id, trial.batch_size, by=by)
        if earlier is None or earlier.number < trial.number:
            return earlier
    return None


def _assumed_cost(desk: Desk, trial: Trial) -> float:
    """Say what a size costs that is lost each time [J]: what the event engine says of one that affords no epoch.

    Without a lowest cost to compare with, it is the cost of time since the trial began at full power. It is never more
    than beliefs can reckon with: what cannot be stored would be lost again and again, and the job with it.
    """
    spec, lowest = desk.job.spec, desk.job.min_cost
    if lowest is None:
        cost = spec.max_power_w * max((desk.now - trial.started_at).total_seconds(), 0.0)
    else:
        cost = UNAFFORDABLE * (1.0 if spec.beta is None else spec.beta) * lowest
    return min(cost, LARGEST_AMOUNT)
