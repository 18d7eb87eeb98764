"""What requests under ``/v1`` are answered with: as plain data, and as models that describe it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from simulator.service.model import Ending, JobSpec, Origin, Stage, TrialStatus, TrialType

if TYPE_CHECKING:
    from simulator.service.deciding.results import JobStanding
    from simulator.service.model import Arm, Trial

__all__ = [
    "Arms",
    "Chosen",
    "Costs",
    "DispatchedView",
    "JobPage",
    "JobView",
    "Problem",
    "ReportedView",
    "TrialPage",
    "TrialView",
    "Trials",
    "WhyView",
    "arm_view",
    "job_view",
    "trial_view",
]


class Counts(BaseModel):
    """How many trials a job has; see JobCounts. ``synthetic``, ``predicted``: how many nobody ran."""

    dispatched: int
    succeeded: int
    failed: int
    converged: int
    synthetic: int
    predicted: int


class Sums(BaseModel):
    """What a job used up [J, s], and what its default batch size would have; see JobCosts."""

    energy_j: float
    time_s: float
    n_default: int
    default_energy_j: float | None
    saved_j: float | None


class JobView(BaseModel):
    """A job, where it stands, and its sums."""

    job_id: str
    spec: JobSpec
    seed: int
    stage: Stage
    min_cost: float | None
    min_cost_batch_size: int
    exp_default_batch_size: int
    last_trial_number: int
    n_observed: int
    exhausted: bool
    created_at: datetime
    counts: Counts
    costs: Sums


class JobPage(BaseModel):
    """Jobs by id; ``next`` is what to ask for as ``after``."""

    items: list[JobView]
    next: str | None


class TrialView(BaseModel):
    """A trial; times are UTC."""

    job_id: str
    number: int
    batch_size: int
    power_limit_w: int | None
    type: TrialType
    status: TrialStatus
    ending: Ending | None
    reason: str
    epoch: int
    energy_j: float
    time_s: float
    metric: float | None
    cost: float | None
    converged: bool | None
    observation: int | None
    started_at: datetime
    ended_at: datetime | None
    lease_until: datetime
    origin: Origin


class Trials(BaseModel):
    """Trials that were entered."""

    items: list[TrialView]


class TrialPage(Trials):
    """Trials by number; ``next`` is what to ask for as ``after``."""

    next: int | None


class DispatchedView(BaseModel):
    """A trial that was handed out, and the power limits [W] to profile first, the largest first."""

    trial: TrialView
    profile_limits_w: list[int] | None


class ReportedView(BaseModel):
    """Whether training shall stop; ``repeated``: its result was known already."""

    stop: bool
    converged: bool
    repeated: bool
    message: str
    trial: TrialView


class Chosen(BaseModel):
    """The power limit to train with [W]."""

    power_limit_w: int


#: A number, or the name of one that JSON does not have.
Number = float | Literal["inf", "-inf", "nan"]


class ArmView(BaseModel):
    """A belief about a batch size's reward; a number that JSON does not have is its name.

    A precision without bound is "inf", a mean of which neither prior nor rewards say anything "nan".
    """

    batch_size: int
    mean: Number
    precision: Number
    reward_precision: Number
    n_observations: int


class Arms(BaseModel):
    """What the policy believes, ascending by batch size."""

    items: list[ArmView]


class WhyView(BaseModel):
    """Why a trial has its batch size, and what became of it."""

    trial: TrialView
    reason: str
    outcome: str
    arms: list[ArmView]


class SizeView(BaseModel):
    """What the trials of a batch size came to; see SizeCosts."""

    batch_size: int
    dispatched: int
    succeeded: int
    failed: int
    converged: int
    energy_j: float
    time_s: float
    ended_energy_j: float
    mean_cost: float | None
    min_cost: float | None
    mean_energy_j: float | None


class Costs(BaseModel):
    """What trials came to, ascending by batch size."""

    items: list[SizeView]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def trial_view(trial: Trial) -> dict[str, Any]:
    """Write a trial."""
    return vars(trial) | {
        "started_at": _moment(trial.started_at),
        "ended_at": _moment(trial.ended_at),
        "lease_until": _moment(trial.lease_until),
    }


def job_view(standing: JobStanding) -> dict[str, Any]:
    """Write a job with its sums."""
    fields = vars(standing.job) | {
        "spec": standing.job.spec.plain(),
        "created_at": _moment(standing.job.created_at),
        "counts": vars(standing.counts),
        "costs": vars(standing.costs),
    }
    del fields["revision"]  # it says nothing outside the database
    return fields


def arm_view(arm: Arm) -> dict[str, Any]:
    """Write a belief."""
    fields = vars(arm) | {name: _number(getattr(arm, name)) for name in ("mean", "precision", "reward_precision")}
    del fields["job_id"]
    return fields


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(float(value))
