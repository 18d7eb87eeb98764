"""Which batch size the next trial gets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import BadValueError, ExhaustedError, PolicyError
from simulator.service.deciding.lost import give_up_silent
from simulator.service.deciding.reasons import again_reason, beside_reason, chosen_reason
from simulator.service.deciding.results import Dispatched
from simulator.service.model import Stage, TrialType

if TYPE_CHECKING:
    from simulator.service.deciding.desk import Desk
    from simulator.service.model import Trial

__all__ = ["Choice", "dispatch", "next_choice"]


@dataclass(frozen=True)
class Choice:
    """A batch size, and why."""

    batch_size: int
    type: TrialType
    reason: str


async def dispatch(desk: Desk, job_id: str, key: str | None, batch_size: int | None) -> Dispatched | ExhaustedError:
    """Hand out a trial; see `Dispatcher.dispatch`. That nothing is left is returned, since it is stored, too."""
    job = await desk.open(job_id)
    key, fingerprint = None if key is None else f"dispatch:{key}", json.dumps(batch_size)
    if answer := await desk.answered(job_id, key, fingerprint):
        limits = answer["profile_limits_w"]
        trial = await desk.trial(None, answer["number"])
        return Dispatched(trial=trial, profile_limits_w=None if limits is None else tuple(limits))
    await give_up_silent(desk)
    if batch_size is None:
        choice = await next_choice(desk)
        if isinstance(choice, PolicyError):
            desk.exhausted = True
            return ExhaustedError(f"job {job_id!r} has nothing left to run: {choice}")
    elif batch_size in job.spec.batch_sizes:
        choice = Choice(batch_size, TrialType.CONCURRENT, f"The client asked for batch size {batch_size}.")
    else:
        raise BadValueError(f"batch_size {batch_size} is none of job {job_id!r}; it has {list(job.spec.batch_sizes)}")
    trial, limits_w = await _hand_out(desk, choice)
    answer = {"number": trial.number, "profile_limits_w": limits_w}
    await desk.answer(job_id, key, fingerprint, answer)
    return Dispatched(trial=trial, profile_limits_w=limits_w)


async def next_choice(desk: Desk) -> Choice | PolicyError:
    """Ask the policy for the next size; its refusal means that it has none."""
    live, job = await desk.live(), desk.job
    chosen = live.choose()
    if not isinstance(chosen, PolicyError):
        desk.exhausted = False
        kind = TrialType.EXPLORATION if live.explores() else TrialType.MAB
        if kind is TrialType.MAB and job.stage is Stage.PRUNING:
            await desk.layer.update_job_stage(job.job_id, Stage.MAB)
        return Choice(chosen, kind, chosen_reason(live, chosen))
    awaited = live.awaited()
    if not live.waits(chosen) or awaited is None:
        return chosen
    running = await desk.layer.get_running_exploration(job.job_id)
    if running is None:
        return Choice(awaited, TrialType.EXPLORATION, again_reason(awaited))
    await _shorten(desk, running)
    size = job.min_cost_batch_size
    reason = beside_reason(size, running.batch_size, running.number, min_cost=job.min_cost)
    return Choice(size, TrialType.CONCURRENT, reason)


async def _shorten(desk: Desk, running: Trial) -> None:
    """Let nobody wait for longer than a lease: the clock may have been ahead when it was granted."""
    if running.lease_until > desk.lease_until():
        trial = await desk.trial(None, running.number)
        await desk.layer.renew_trial(trial.job_id, None, trial.number, lease_until=desk.lease_until())


async def _hand_out(desk: Desk, choice: Choice) -> tuple[Trial, tuple[int, ...] | None]:
    """Create the trial, with a power limit if there is somebody to choose one."""
    spec = desk.job.spec
    limit_w, limits_w = None, None
    if spec.power_policy is not None:
        limit_w = (await desk.live()).limit(choice.batch_size)
        limits_w = None if limit_w is not None else spec.power_limits_w[::-1]
    trial = await desk.layer.create_trial(
        desk.job.job_id,
        choice.type,
        choice.batch_size,
        reason=choice.reason,
        lease_until=desk.lease_until(),
        power_limit_w=limit_w,
    )
    return trial, limits_w
