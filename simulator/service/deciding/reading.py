"""What people ask: where a job stands, what it came to, and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.service.deciding.found import find_job, find_trial
from simulator.service.deciding.results import JobCosts, JobCounts, JobStanding, SizeCosts, Why
from simulator.service.model import Ending, TrialStatus

if TYPE_CHECKING:
    from simulator.service.layer import CostSums, ServiceLayer
    from simulator.service.model import Job, Trial

__all__ = ["explain", "size_costs", "standing"]


async def standing(layer: ServiceLayer, job: Job) -> JobStanding:
    """Read the sums of a job."""
    sums = await layer.sum_costs(job.job_id)
    sizes = size_costs(job, sums)
    default = next(size for size in sizes if size.batch_size == job.spec.default_batch_size)
    counts = JobCounts(
        dispatched=sum(size.dispatched for size in sizes),
        succeeded=sum(size.succeeded for size in sizes),
        failed=sum(size.failed for size in sizes),
        converged=sum(size.converged for size in sizes),
        synthetic=sum(part.n_synthetic for part in sums),
        predicted=sum(part.n_predicted for part in sums),
    )
    ended_j = math.fsum(size.ended_energy_j for size in sizes)
    would_j = None if default.mean_energy_j is None else counts.converged * default.mean_energy_j
    costs = JobCosts(
        energy_j=math.fsum(size.energy_j for size in sizes),
        time_s=math.fsum(size.time_s for size in sizes),
        n_default=default.converged,
        default_energy_j=default.mean_energy_j,
        saved_j=None if would_j is None else would_j - ended_j,
    )
    return JobStanding(job=job, counts=counts, costs=costs)


def size_costs(job: Job, sums: list[CostSums]) -> list[SizeCosts]:
    """Add up what the trials of each batch size came to, ascending; sizes without trials are among them."""
    return [
        _of_size(size, {part.status: part for part in sums if part.batch_size == size}) for size in job.spec.batch_sizes
    ]


def _of_size(batch_size: int, parts: dict[TrialStatus, CostSums]) -> SizeCosts:
    counts = {status: parts[status].n_trials if status in parts else 0 for status in TrialStatus}
    done = parts.get(TrialStatus.SUCCEEDED)
    n = 0 if done is None else done.n_converged
    return SizeCosts(
        batch_size=batch_size,
        dispatched=counts[TrialStatus.DISPATCHED],
        succeeded=counts[TrialStatus.SUCCEEDED],
        failed=counts[TrialStatus.FAILED],
        converged=n,
        energy_j=math.fsum(part.energy_j for part in parts.values()),
        time_s=math.fsum(part.time_s for part in parts.values()),
        ended_energy_j=math.fsum(
            part.energy_j for status, part in parts.items() if status is not TrialStatus.DISPATCHED
        ),
        mean_cost=done.converged_cost / n if done is not None and n else None,
        min_cost=done.min_cost if done is not None else None,
        mean_energy_j=done.converged_energy_j / n if done is not None and n else None,
    )


async def explain(layer: ServiceLayer, job_id: str, number: int) -> Why:
    """Say why a trial has its batch size; see `Dispatcher.explain`."""
    trial = await find_trial(layer, await find_job(layer, job_id), None, number)
    return Why(trial=trial, reason=trial.reason, outcome=_outcome(trial), arms=await layer.get_arms(job_id))


def _outcome(trial: Trial) -> str:
    told = "" if trial.observation is None else f" The policy was told: it is its result {trial.observation}."
    if trial.status is TrialStatus.DISPATCHED:
        return f"It is under way, and was last heard of in epoch {trial.epoch}." if trial.epoch else "It is under way."
    if trial.status is TrialStatus.SUCCEEDED:
        reached = "It reached its target" if trial.converged else "It did not reach its target at an affordable cost"
        cost = "" if trial.cost is None else f", and cost {trial.cost:.6g} J"
        return f"{reached}{cost}.{told or ' The policy was not told.'}"
    how = "It fell silent and is counted as lost." if trial.ending is Ending.EXPIRED else "Its client ended it."
    if told:
        how += f" So many trials of batch size {trial.batch_size} were lost in a row that it counts as not converging."
    return how + told
