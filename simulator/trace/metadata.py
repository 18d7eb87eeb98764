"""What a trace directory says about itself: ``trace.json``.

::

    {"name": "synthetic", "synthetic": true, "description": "...",
     "jobs": [{"dataset": "squad", "network": "bert_base_uncased", "optimizer": "adamw", "target_metric": 84.0,
               "max_epochs": 6, "default_bs": 32, "default_lr": 5e-05, "higher_is_better": true,
               "default_bs_by_gpu": {"p100": 24}}]}

All keys but a job's first five are optional, and so is the file.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.errors import TraceError, nearest
from simulator.job import Job
from simulator.trace.locate import bundled_directory
from simulator.trace.validate.absence import absences
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

__all__ = ["Metadata", "read_metadata"]

_logger = logging.getLogger(__name__)

FILE_NAME = "trace.json"
REQUIRED = {"dataset": str, "network": str, "optimizer": str, "target_metric": (int, float), "max_epochs": int}
OPTIONAL = {"default_bs": int, "default_lr": (int, float), "higher_is_better": bool, "default_bs_by_gpu": dict}
TOP = {"name": str, "synthetic": bool, "description": str, "jobs": list}


@dataclass(frozen=True)
class Metadata:
    """What a trace directory says about itself.

    Parameters
    ----------
    name
        What the traces are called where they are shown.
    synthetic
        Whether a model made them and nobody recorded them.
    description
        A sentence for people.
    jobs
        Jobs that the traces are meant for, as recorded on most GPUs, each with the default batch sizes [samples] of
        those GPUs that need another one.
    """

    name: str
    synthetic: bool = False
    description: str = ""
    jobs: tuple[tuple[Job, Mapping[str, int]], ...] = ()

    def jobs_on(self, gpu: str, train: pd.DataFrame, power: pd.DataFrame) -> tuple[Job, ...]:
        """Jobs that the traces hold on a GPU, each with the default batch size that suits it.

        A job that the traces do not hold is left out, and logged with the reason.

        Parameters
        ----------
        gpu
            Name of the GPU.
        train
            Train trace.
        power
            Power trace of the GPU.

        Returns
        -------
        tuple of Job
            The jobs, in the order of the file.
        """
        return tuple(
            _with_batch_size(job, by_gpu[gpu], train) if gpu in by_gpu else job
            for job, by_gpu in self.jobs
            if _held(job, train, power)
        )


def read_metadata(directory: Path) -> Metadata:
    """Read what a trace directory says about itself.

    A directory that says nothing is called by its own name, is not synthetic, and is meant for the stock jobs: those of
    the bundled traces.

    Parameters
    ----------
    directory
        A trace directory.

    Returns
    -------
    Metadata
        The content of its ``trace.json``.

    Raises
    ------
    TraceError
        If the file is there, but cannot be understood.
    """
    file = directory / FILE_NAME
    name = directory.resolve().name
    if not file.is_file():
        return Metadata(name, jobs=read_metadata(stock).jobs if (stock := _stock(directory)) else ())
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise TraceError(f"{file} cannot be read: {cause}") from cause
    _check(content, {}, TOP, str(file))
    jobs = tuple(_job(entry, f"{file}, job {at}") for at, entry in enumerate(content.get("jobs", ())))
    return Metadata(content.get("name", name), content.get("synthetic", False), content.get("description", ""), jobs)


def _stock(directory: Path) -> Path | None:
    try:
        bundled = bundled_directory()
    except TraceError:
        return None
    return None if bundled == directory.resolve() or not (bundled / FILE_NAME).is_file() else bundled


def _job(entry: Any, where: str) -> tuple[Job, Mapping[str, int]]:
    _check(entry, REQUIRED, OPTIONAL, where)
    by_gpu = entry.get("default_bs_by_gpu", {})
    _check(by_gpu, {}, dict.fromkeys(by_gpu, int), f"{where}, default_bs_by_gpu")
    return Job(**{key: value for key, value in entry.items() if key != "default_bs_by_gpu"}), by_gpu


def _check(content: Any, required: Mapping[str, Any], optional: Mapping[str, Any], where: str) -> None:
    """Compare a JSON object with the keys and types that it may have, and say all that is wrong."""
    if not isinstance(content, dict):
        raise TraceError(f"{where}: {content!r} where an object {{...}} is expected")
    known = {**required, **optional}
    wrong = [
        f"no key {key!r}{nearest(key, [name for name in content if name not in known])}"
        for key in required
        if key not in content
    ]
    for key, value in content.items():
        if key not in known:
            wrong.append(f"unknown key {key!r}{nearest(key, known)}")
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] is not bool):
            wrong.append(f"{key!r} is {value!r}, which has the wrong type")
    if wrong:
        raise TraceError(f"{where}: {listed(wrong, shown=20)}")


def _held(job: Job, train: pd.DataFrame, power: pd.DataFrame) -> bool:
    workload = {"dataset": job.dataset, "network": job.network, "optimizer": job.optimizer}
    reasons = [*absences(train, {**workload, "target_metric": job.target_metric}).values()]
    reasons += absences(power, workload).values()
    if reasons:
        _logger.info("%s is not in the traces: %s", job, "; ".join(reasons))
    return not reasons


def _with_batch_size(job: Job, batch_size: int, train: pd.DataFrame) -> Job:
    """Change the default batch size; the learning rate recorded at it goes with it."""
    rows = job.filter_df(train)
    rates = rows.loc[rows["batch_size"] == batch_size, "learning_rate"]
    rate = job.default_lr if rates.empty else float(rates.iloc[0])
    return replace(job, default_bs=batch_size, default_lr=rate)
