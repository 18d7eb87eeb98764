"""Recorded runs as the first trials of a live job, so that its policy need not begin from nothing."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simulator.errors import NotInTraceError
from simulator.replay.arguments import count_recurrences, take_traces
from simulator.service.trip.offline import fitting, replay_runs
from simulator.service.trip.reach.open import open_service
from simulator.service.trip.rows import gpu_of
from simulator.service.trip.spec import job_of, make_spec
from simulator.service.trip.table import read_runs, runs_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pandas as pd

    from simulator.job import Job
    from simulator.service.deciding.results import RecordedRun
    from simulator.service.model import JobSpec, Trial
    from simulator.service.trip.reach.live import LiveService
    from simulator.trace.traces import Traces

__all__ = ["Imported", "import_replay", "import_traces"]

_logger = logging.getLogger("simulator.service")


@dataclass(frozen=True)
class Imported:
    """What became of an import.

    Parameters
    ----------
    trials
        The trials that hold the runs.
    is_new
        Whether they were entered now; False: the same import was made before, and nothing has changed.
    """

    trials: list[Trial]
    is_new: bool


def import_traces(
    job_id: str,
    traces: Traces | str | PathLike[str],
    *,
    recurrences: int | None = None,
    register: Mapping[str, Any] | None = None,
    job: Job | None = None,
    url: str | None = None,
    token: str | None = None,
    database: str | None = None,
) -> Imported:
    """Begin a live job with what a replay of recorded traces tells its policy.

    The job is replayed offline, with its own policy, seed and knobs; each run of the replay becomes a trial of the job,
    so that the service goes on with the very decision that the replay would have taken next. A job whose limits nobody
    chooses is replayed at the largest. The same import is entered once, however often it is made.

    Parameters
    ----------
    job_id
        The live job. One that has results already is told these on top.
    traces
        What was recorded on one GPU.
    recurrences
        How often the job recurs in the replay; default: as `simulator.replay` has it.
    register
        Registers the job first, as the traces describe it, with these fields of `simulator.service.JobSpec`; None: it
        must be registered.
    job
        Which job of the traces to register; default: the only one.
    url, token, database
        The service, as `simulator.service.trip.reach.open.open_service` takes it.

    Returns
    -------
    Imported
        The trials.

    Raises
    ------
    UnknownJobError
        If the job is not registered.
    JobConflictError
        If it is to be registered, and is already, as another job.
    NotInTraceError
        If the traces do not hold the job, or not all of its batch sizes and power limits.
    ConvergenceError
        If the replay does not reach the target.
    ServiceError
        If the service cannot be asked.
    """
    recorded = take_traces(traces)
    new = None if register is None else _described(job_id, recorded, job, register)
    with open_service(url=url, token=token, database=database, creates=new is not None) as service:
        if new is not None:
            service.register(new)
        live = service.history(job_id).job
        fit = fitting(live.spec, recorded, job_id=job_id)
        _mention_gpu(live.spec, fit.gpu)
        times = count_recurrences(recurrences, grouped=False, table=fit.table(job_of(live.spec, job_id=job_id)))
        return _enter(service, job_id, replay_runs(live.spec, fit, seed=live.seed, recurrences=times, job_id=job_id))


def import_replay(
    job_id: str,
    runs: pd.DataFrame | str | PathLike[str],
    *,
    policy: str | None = None,
    seed: int | None = None,
    url: str | None = None,
    token: str | None = None,
    database: str | None = None,
) -> Imported:
    """Begin a registered live job with the runs of a result table.

    Costs follow from their energies and times with the job's own knobs. The same import is entered once, however often
    it is made.

    Parameters
    ----------
    job_id
        The live job. One that has results already is told these on top.
    runs
        A result table, or its file: of a replay, or of an export.
    policy, seed
        Which replay of the table, if it has several.
    url, token, database
        The service, as `simulator.service.trip.reach.open.open_service` takes it.

    Returns
    -------
    Imported
        The trials.

    Raises
    ------
    UnknownJobError
        If the job is not registered.
    ReplayError
        If the table cannot be read, is about another job, or has runs that the job could not have had.
    ServiceError
        If the service cannot be asked.
    """
    table = read_runs(runs)
    with open_service(url=url, token=token, database=database) as service:
        spec = service.history(job_id).job.spec
        taken = runs_from(table, spec, job_id=job_id, policy=policy, seed=seed)
        _mention_gpu(spec, str(table["gpu"].iloc[0]))
        return _enter(service, job_id, taken)


def _described(job_id: str, traces: Traces, job: Job | None, fields: Mapping[str, Any]) -> JobSpec:
    """Describe a job of the traces as one that is to be registered."""
    if job is None:
        if len(traces.jobs) != 1:
            there = ", ".join(map(str, traces.jobs)) or "none"
            raise NotInTraceError(f"which job of the traces {traces.name} is meant? There are: {there}; say job=...")
        (job,) = traces.jobs
    table = traces.table(job)
    more = dict(fields)
    if more.get("power_policy") is not None:
        more.setdefault("power_limits_w", table.power_limits_w.tolist())
    return make_spec(job, table, gpu=traces.gpu, job_id=job_id, **more)


def _enter(service: LiveService, job_id: str, runs: Sequence[RecordedRun]) -> Imported:
    """Enter runs under a key that only they have; it is that of versions that did not keep where runs come from."""
    text = json.dumps([{name: value for name, value in asdict(run).items() if name != "origin"} for run in runs])
    latest = service.history(job_id).job.last_trial_number
    trials = service.record(job_id, runs, key=hashlib.sha256(text.encode()).hexdigest())
    return Imported(trials, is_new=any(trial.number > latest for trial in trials))


def _mention_gpu(spec: JobSpec, gpu: str) -> None:
    if gpu.lower() not in (spec.gpu.lower(), gpu_of(spec)):
        _logger.warning("the job trains on %s, and the runs were recorded on %s", spec.gpu, gpu)
