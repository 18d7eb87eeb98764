"""A registered job and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.model.spec import JobSpec

__all__ = ["Job", "Stage"]


class Stage(StrEnum):
    """Where a job's policy stands; it goes from the first to the second and never back."""

    PRUNING = "Pruning"
    MAB = "MAB"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as stored, without its policy's state.

    Parameters
    ----------
    job_id
        Its name.
    spec
        What it was registered with; ``spec.job_id`` is the name, too.
    seed
        Seed of its draws: the registered one, or one from real entropy.
    stage
        Where its policy stands.
    min_cost
        Lowest cost of a trial that reached the target [J], None before the first. It is per trial; that of an offline
        replay counts the failed tries of a recurrence as well.
    min_cost_batch_size
        Batch size of that trial; at first the default.
    exp_default_batch_size
        Default batch size at registration.
    last_trial_number
        Number of its latest trial, 0 before the first. Numbers go on after a deletion, so that no late report of an
        old trial is taken for one of a new trial.
    n_observed
        Results that its policy was told.
    revision
        A random number that changes with every change of policy state, so that copies in memory are known to be stale.
    exhausted
        Whether the policy has nothing left to choose: no batch size reached the target.
    created_at
        When it was registered (UTC).
    """

    job_id: str
    spec: JobSpec
    seed: int
    stage: Stage
    min_cost: float | None
    min_cost_batch_size: int
    exp_default_batch_size: int
    last_trial_number: int
    n_observed: int
    revision: int
    exhausted: bool
    created_at: datetime
