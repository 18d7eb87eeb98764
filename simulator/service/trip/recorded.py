"""A live job's history as traces, so that it can be replayed under other policies."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from simulator.service.model import Origin, Trial, TrialStatus
from simulator.service.trip.origin import count_origins, described, origin_remarks
from simulator.service.trip.rows import gpu_of, limit_of, runs_of, unreported
from simulator.service.trip.spec import job_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.service.model import JobSpec
    from simulator.service.trip.reach.live import JobHistory

__all__ = ["Recorded", "record_traces"]

#: A train trace must have one, and a service knows none.
_NO_LEARNING_RATE = 1.0


class Recorded(NamedTuple):
    """Traces of a live job.

    Parameters
    ----------
    train, power
        The tables, with the columns of `simulator.trace.schema`; empty if no trial says how many epochs it took.
    about
        Content of ``trace.json``.
    remarks
        What the traces cannot tell, in words.
    """

    train: pd.DataFrame
    power: pd.DataFrame
    about: dict[str, Any]
    remarks: list[str]


def record_traces(history: JobHistory) -> Recorded:
    """Make traces of a job's trials.

    A trial with a final report is a run of the train trace: its target epoch is the one at which it reached the
    target, empty if it did not. The power trace has a row for each batch size and power limit: energy, time and
    epochs of its trials, added up, say what one epoch takes.

    Parameters
    ----------
    history
        The job and its trials.

    Returns
    -------
    Recorded
        The traces.
    """
    job_id, spec = history.job.job_id, history.job.spec
    runs = [trial for trial in runs_of(history) if trial.epoch and trial.energy_j > 0 and trial.time_s > 0]
    finished = [trial for trial in runs if trial.status is TrialStatus.SUCCEEDED]
    sizes = {trial.batch_size for trial in finished}
    job = job_of(spec, job_id=job_id)
    workload = {"dataset": job.dataset, "network": job.network}
    train = [
        {
            **workload,
            "batch_size": trial.batch_size,
            "optimizer": job.optimizer,
            "learning_rate": _NO_LEARNING_RATE,
            "run": trial.number,
            "target_metric": spec.target_metric,
            "target_epoch": float(trial.epoch) if _reached(trial, spec) else None,
            "epochs": trial.epoch,
        }
        for trial in sorted(finished, key=lambda trial: (trial.batch_size, trial.number))
    ]
    cells: dict[tuple[int, int], list[Trial]] = defaultdict(list)
    for trial in runs:
        if trial.batch_size in sizes:
            cells[trial.batch_size, limit_of(trial, spec)].append(trial)
    power = [
        {
            **workload,
            "batch_size": size,
            "optimizer": job.optimizer,
            "power_limit": limit,
            "time_per_epoch": sum(trial.time_s for trial in trials) / sum(trial.epoch for trial in trials),
            "average_power": sum(trial.energy_j for trial in trials) / sum(trial.time_s for trial in trials),
        }
        for (size, limit), trials in sorted(cells.items())
    ]
    remarks = [*origin_remarks(history.trials), *_lost(history, runs), *_unknown(spec, finished, set(cells))]
    predicted = {trial.number for trial in runs if trial.origin is Origin.PREDICTED}
    if predicted:  # a column that is there only where it says something
        train = [{**row, "predicted": row["run"] in predicted} for row in train]
        power = [
            {**row, "predicted": any(trial.number in predicted for trial in trials)}
            for row, (_, trials) in zip(power, sorted(cells.items()), strict=True)
        ]
    return Recorded(pd.DataFrame(train), pd.DataFrame(power), _about(history, sizes, remarks), remarks)


def _reached(trial: Trial, spec: JobSpec) -> bool:
    """Whether training reached the target, if perhaps at too high a cost: that is a fact all the same."""
    if trial.converged or trial.metric is None:
        return bool(trial.converged)
    return trial.metric >= spec.target_metric if spec.higher_is_better else trial.metric <= spec.target_metric


def _about(history: JobHistory, sizes: set[int], remarks: list[str]) -> dict[str, Any]:
    job_id, spec = history.job.job_id, history.job.spec
    job, origins = job_of(spec, job_id=job_id), count_origins(history.trials)
    entry = {name: getattr(job, name) for name in ("dataset", "network", "optimizer", "target_metric", "max_epochs")}
    if spec.default_batch_size in sizes:
        entry["default_bs"] = spec.default_batch_size
    return {
        "name": job_id,
        "synthetic": Origin.SYNTHETIC in origins,
        "description": described(job_id, history.trials),
        "jobs": [{**entry, "higher_is_better": spec.higher_is_better}],
        "measured": {
            "live": True,
            "job_id": job_id,
            "gpu": gpu_of(spec),
            "gpu_model": spec.gpu,
            "n_gpus": spec.n_gpus,
            "trials": len(history.trials),
            "origins": origins,
            "registered_at": history.job.created_at.isoformat(),
            "remarks": remarks,
        },
    }


def _lost(history: JobHistory, runs: list[Trial]) -> list[str]:
    """Say which trials the traces leave out, or know but in part."""
    known = {trial.number for trial in runs}
    nothing = [trial.number for trial in unreported(history)]
    no_epochs = [trial.number for trial in runs_of(history) if trial.number not in known]
    failed = [trial.number for trial in runs if trial.status is TrialStatus.FAILED]
    running = [trial.number for trial in history.trials if trial.ended_at is None]
    said = {
        "still run, and are left out": running,
        "ended, and nobody had reported that they used anything up: they are left out": nothing,
        "do not say how many epochs they took: they are left out of the traces": no_epochs,
        "ended without a final report: they say what an epoch takes, and nothing about the target": failed,
    }
    return [f"trials {_listed(numbers)} {what}" for what, numbers in said.items() if numbers]


def _unknown(spec: JobSpec, finished: list[Trial], cells: set[tuple[int, int]]) -> list[str]:
    """Say what nobody tried."""
    times = {size: sum(trial.batch_size == size for trial in finished) for size in spec.batch_sizes}
    reached = {trial.batch_size for trial in finished if _reached(trial, spec)}
    wanted = [limit * spec.n_gpus for limit in spec.power_limits_w] or [max(1, round(spec.max_power_w))]
    missing = {size: [limit for limit in wanted if (size, limit) not in cells] for size, n in times.items() if n}
    remarks = [
        "batch sizes that were not tried, and that no replay can choose: "
        f"{_listed(s for s, n in times.items() if not n)}",
        "batch sizes tried once, so that each of their runs replays the same luck: "
        f"{_listed(s for s, n in times.items() if n == 1)}",
        f"batch sizes that never reached the target; a run that was stopped early counts as one that never would, "
        f"whatever β a replay has: {_listed(s for s, n in times.items() if n and s not in reached)}",
        "power limits that were not tried [W]: "
        + "; ".join(f"{_listed(limits)} at batch size {size}" for size, limits in missing.items() if limits),
    ]
    remarks = [remark for remark in remarks if not remark.endswith(": ")]
    largest = max((limit for _, limit in cells), default=None)
    if largest is not None and largest != spec.max_power_w:
        remarks.append(
            f"the job weighs time with {spec.max_power_w:g} W (MAXPOWER), replays of its traces with {largest} W"
        )
    if spec.default_batch_size not in {trial.batch_size for trial in finished}:
        remarks.append(f"the default batch size {spec.default_batch_size} is not recorded: replays need another")
    if not (spec.dataset and spec.network and spec.optimizer):
        remarks.append("dataset, network or optimizer were not registered: the job's id and 'unknown' stand for them")
    if spec.n_gpus > 1:
        remarks.append(f"power limits and power are added up over {spec.n_gpus} GPUs")
    return [*remarks, f"learning rates are not known to the service; {_NO_LEARNING_RATE:g} stands for them"]


def _listed(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))
