"""What the use cases take and answer beside jobs and trials: plain values, for whoever serves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.service.model.trial import Origin

if TYPE_CHECKING:
    from simulator.service.model import Arm, Job, Trial

__all__ = [
    "Dispatched",
    "JobCosts",
    "JobCounts",
    "JobStanding",
    "RecordedRun",
    "Registered",
    "Reported",
    "SizeCosts",
    "Why",
]


@dataclass(frozen=True, kw_only=True)
class Registered:
    """Answer to a registration.

    Parameters
    ----------
    job
        The job as stored.
    created
        Whether it is new; False: an equal one was registered before.
    """

    job: Job
    created: bool


@dataclass(frozen=True, kw_only=True)
class Dispatched:
    """A trial that was handed out.

    Parameters
    ----------
    trial
        The trial; its power limit is None if none is chosen, or not yet.
    profile_limits_w
        Power limits [W] to profile first, the largest first; None: nothing is to be profiled.
    """

    trial: Trial
    profile_limits_w: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Answer to a report.

    Parameters
    ----------
    trial
        The trial as stored afterwards.
    stop
        Whether training shall stop.
    converged
        Whether it reached its target at an affordable cost.
    repeated
        Whether its result was known already, so that nothing changed.
    message
        The same in words.
    """

    trial: Trial
    stop: bool
    converged: bool
    repeated: bool
    message: str


@dataclass(frozen=True, kw_only=True)
class RecordedRun:
    """A run that took place without the service.

    Parameters
    ----------
    batch_size, power_limit_w
        What it ran with; the limit [W] is None if none was set.
    energy_j, time_s
        What it used up [J, s].
    converged
        Whether it reached the target.
    epoch
        How many epochs it took; 0: not known.
    metric
        Validation metric at its end, None if not known.
    cost
        What the policy shall be told [J]; None: the energy–time cost of energy and time.
    origin
        Where it was recorded, or made up.
    """

    batch_size: int
    energy_j: float
    time_s: float
    converged: bool
    power_limit_w: int | None = None
    epoch: int = 0
    metric: float | None = None
    cost: float | None = None
    origin: Origin = Origin.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class JobCounts:
    """How many trials a job has; those that converged, and those that nobody ran, are among those that succeeded.

    Parameters
    ----------
    dispatched, succeeded, failed, converged
        How many.
    synthetic, predicted
        How many were entered from SYNTHETIC traces, and from PREDICTED ones.
    """

    dispatched: int
    succeeded: int
    failed: int
    converged: int
    synthetic: int = 0
    predicted: int = 0


@dataclass(frozen=True, kw_only=True)
class JobCosts:
    """What a job has used up, and what its default batch size would have.

    Parameters
    ----------
    energy_j, time_s
        Of all trials, running and failed ones as well [J, s].
    n_default, default_energy_j
        Trials of the default size that converged, and their mean energy [J], None without any.
    saved_j
        What the default size would have needed to reach the target as often, less the energy of all trials that are
        not running [J]. So all that was spent on exploring, stopped and lost trials is a loss. None without any
        converged trial of the default size.
    """

    energy_j: float
    time_s: float
    n_default: int
    default_energy_j: float | None
    saved_j: float | None


@dataclass(frozen=True, kw_only=True)
class JobStanding:
    """A job with its sums."""

    job: Job
    counts: JobCounts
    costs: JobCosts


@dataclass(frozen=True, kw_only=True)
class SizeCosts:
    """What the trials of one batch size came to.

    Parameters
    ----------
    batch_size
        The size.
    dispatched, succeeded, failed, converged
        How many trials it has; those that converged are among those that succeeded.
    energy_j, time_s
        What they used up [J, s].
    ended_energy_j
        Energy of those that are not running [J].
    mean_cost, min_cost, mean_energy_j
        Over the trials that converged [J]; None without any.
    """

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


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a trial has its batch size.

    Parameters
    ----------
    trial
        The trial.
    reason
        Why, in words with the numbers of that moment.
    outcome
        What became of it, in words.
    arms
        What the policy believes now, ascending by batch size; empty if it has no such beliefs, or none yet.
    """

    trial: Trial
    reason: str
    outcome: str
    arms: list[Arm]
