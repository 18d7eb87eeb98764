"""Runs that took place without the service: the policy begins with what they tell."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from dataclasses import asdict
from typing import TYPE_CHECKING

from simulator.errors import BadValueError, PolicyError
from simulator.service.deciding.dispatching import next_choice
from simulator.service.deciding.usage import Usage, checked_cost
from simulator.service.model import Origin, TrialType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.service.deciding.desk import Desk
    from simulator.service.deciding.results import RecordedRun
    from simulator.service.model import Job, Trial

__all__ = ["KEYS", "record"]

#: What stored keys of imports begin with; they are kept as long as their jobs.
KEYS = "import:"


async def record(desk: Desk, job_id: str, runs: Sequence[RecordedRun], key: str | None) -> list[Trial]:
    """Enter runs; see `Dispatcher.record`."""
    job = await desk.open(job_id)
    costs = {id(run): _cost(job, run) for run in runs}
    key, fingerprint = None if key is None else KEYS + key, _fingerprint(runs)
    if answer := await desk.answered(job_id, key, fingerprint):
        return [await desk.trial(None, number) for number in answer["numbers"]]
    left: dict[int, deque[RecordedRun]] = defaultdict(deque)
    for run in runs:
        left[run.batch_size].append(run)
    trials: list[Trial] = []
    for _ in runs:
        choice = await next_choice(desk)
        if isinstance(choice, PolicyError) or not left[choice.batch_size]:
            break
        if choice.type is TrialType.CONCURRENT:  # a running trial's result is awaited, and it may be long
            break
        run = left[choice.batch_size].popleft()
        trials.append(await _enter(desk, run, choice.type, costs[id(run)], f"{_whence(run)}. {choice.reason}"))
    remaining = {id(run) for queue in left.values() for run in queue}
    for run in runs:
        if id(run) in remaining:
            reason = f"{_whence(run)}, and not asked for."
            trials.append(await _enter(desk, run, TrialType.CONCURRENT, costs[id(run)], reason))
    await desk.answer(job_id, key, fingerprint, {"numbers": [trial.number for trial in trials]})
    return trials


async def _enter(desk: Desk, run: RecordedRun, kind: TrialType, cost: float, reason: str) -> Trial:
    """Store a run as a trial that succeeded, and tell the policy."""
    observation, kind = await desk.observe(run.batch_size, cost, converged=run.converged, kind=kind)
    return await desk.layer.record_trial(
        desk.job.job_id,
        kind,
        run.batch_size,
        reason=reason,
        energy_j=run.energy_j,
        time_s=run.time_s,
        converged=run.converged,
        cost=cost,
        epoch=run.epoch,
        metric=run.metric,
        power_limit_w=run.power_limit_w,
        observation=observation,
        origin=run.origin,
    )


def _whence(run: RecordedRun) -> str:
    """Name what a run is, in a word with which its reason begins."""
    made_up = {Origin.SYNTHETIC: "SYNTHETIC", Origin.PREDICTED: "PREDICTED"}
    return made_up.get(run.origin, "Recorded")


def _cost(job: Job, run: RecordedRun) -> float:
    """Check a run, and say what it cost [J]."""
    spec = job.spec
    if run.batch_size not in spec.batch_sizes:
        raise BadValueError(
            f"batch_size {run.batch_size} is none of job {job.job_id!r}; it has {list(spec.batch_sizes)}"
        )
    usage = Usage(energy_j=run.energy_j, time_s=run.time_s, epoch=run.epoch, metric=run.metric)
    return usage.cost(spec) if run.cost is None else checked_cost(run.cost)


def _fingerprint(runs: Sequence[RecordedRun]) -> str:
    """Digest what runs tell a policy, so without their origin: of runs entered before that was kept, too."""
    told = [{name: value for name, value in asdict(run).items() if name != "origin"} for run in runs]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
