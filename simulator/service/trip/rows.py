"""A live job's history as tables: its runs as a replay has them, and its trials as they are."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.cost import weigh
from simulator.policy import create_power
from simulator.replay.frames import COLUMNS
from simulator.service.model import Ending, Trial, TrialStatus
from simulator.service.trip.spec import job_of

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.model import JobSpec
    from simulator.service.trip.reach.live import JobHistory

__all__ = ["gpu_of", "limit_of", "lost_rows", "rows_of", "runs_of", "trials_frame", "unreported", "who_of"]

_LARGEST = 2**63 - 1


def runs_of(history: JobHistory) -> list[Trial]:
    """List the trials that are rows of a result table: those that have ended and used something up, as they ended."""
    ended = [(trial.ended_at, trial.number, trial) for trial in history.trials if trial.ended_at is not None]
    return [trial for _, _, trial in sorted(ended) if trial.energy_j or trial.time_s]


def lost_rows(history: JobHistory) -> list[int]:
    """List the rows of the result table that are of trials without a final report: they say nothing about a size."""
    return [row for row, trial in enumerate(runs_of(history)) if trial.status is TrialStatus.FAILED]


def unreported(history: JobHistory) -> list[Trial]:
    """List the trials that have ended, but of which nobody reported that they used anything up."""
    return [trial for trial in history.trials if trial.ended_at is not None and not (trial.energy_j or trial.time_s)]


def rows_of(history: JobHistory) -> pd.DataFrame:
    """Make a result table of a job's trials, with the columns of `simulator.replay.frames.COLUMNS`.

    A recurrence ends with a trial that reached the target. Failed and lost trials are attempts of the recurrence in
    which they ended, with what they had reported by then. Times count from the start of the first trial [s]. Power
    limits are added up over the job's GPUs [W], as its energy is.

    Parameters
    ----------
    history
        The job and its trials.

    Returns
    -------
    pandas.DataFrame
        One row a trial, in the order in which they ended.
    """
    job, spec, runs = history.job, history.job.spec, runs_of(history)
    first = min((trial.started_at for trial in runs), default=None)
    profiled = _profiled(history)
    rows, recurrence, attempt = [], 0, 0
    for trial in runs:
        attempt += 1
        reached = bool(trial.converged)
        rows.append(
            {
                "recurrence": recurrence,
                "attempt": attempt,
                "batch_size": trial.batch_size,
                "power_limit_w": limit_of(trial, spec),
                "energy_j": trial.energy_j,
                "time_s": trial.time_s,
                "cost": weigh(trial.energy_j, trial.time_s, spec.eta, spec.max_power_w),
                "reached": reached,
                "profiled": trial.number in profiled,
                "started_s": _seconds(first, trial.started_at),
                "ended_s": _seconds(first, trial.ended_at),
            }
        )
        if reached:
            recurrence, attempt = recurrence + 1, 0
    is_large = job.seed > _LARGEST  # as in the tables of replays
    label = {
        "policy": who_of(spec),
        "job": str(job_of(spec, job_id=job.job_id)),
        "gpu": gpu_of(spec),
        "seed": str(job.seed) if is_large else job.seed,
    }
    frame = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in label]).assign(**label)
    kinds = {**COLUMNS, "seed": "str"} if is_large else COLUMNS
    return frame[list(COLUMNS)].astype(kinds)


def trials_frame(history: JobHistory) -> pd.DataFrame:
    """Make a table of all trials, those that still run too, with all that the service knows of them."""
    names = [item.name for item in fields(Trial)]
    return pd.DataFrame([[_cell(getattr(trial, name)) for name in names] for trial in history.trials], columns=names)


def who_of(spec: JobSpec) -> str:
    """Name a job's policies as result tables do; a GPU whose limit nobody chooses runs at its largest."""
    power = {None: "+full", "jit": ""}.get(spec.power_policy, f"+{spec.power_policy}")
    return spec.policy + power


def gpu_of(spec: JobSpec) -> str:
    """Name a job's GPU as a trace file does.

    Examples
    --------
    >>> from simulator.service.model import JobSpec
    >>> gpu_of(JobSpec(batch_sizes=[8], default_batch_size=8, max_power_w=300, gpu="NVIDIA A40 (48 GB)"))
    'nvidia-a40-48-gb'
    """
    return re.sub(r"[^a-z0-9]+", "-", spec.gpu.lower()).strip("-") or "gpu"


def limit_of(trial: Trial, spec: JobSpec) -> int:
    """Power limit of a trial, added up over its GPUs [W]; that of the job's GPUs if none was chosen."""
    if trial.power_limit_w is None:
        return max(1, round(spec.max_power_w))
    return trial.power_limit_w * spec.n_gpus


def _profiled(history: JobHistory) -> set[int]:
    """Find the trials that profiled power limits: the first of each batch size, if the policy wants to."""
    spec = history.job.spec
    first: dict[int, Trial] = {}
    if spec.power_policy is None:
        return set()
    job, policy = job_of(spec, job_id=history.job.job_id), create_power(spec.power_policy)
    policy.register_job(job, dict.fromkeys(spec.batch_sizes, spec.power_limits_w))
    for trial in history.trials:
        if trial.status is not TrialStatus.DISPATCHED and trial.ending is not Ending.RECORDED:
            first.setdefault(trial.batch_size, trial)
    return {trial.number for size, trial in first.items() if policy.predict(job, size) is None}


def _seconds(first: datetime | None, then: datetime | None) -> float:
    return 0.0 if first is None or then is None else (then - first).total_seconds()


def _cell(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
