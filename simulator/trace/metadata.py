"""What a trace directory says about itself: ``trace.json``.

::

    {"name": "synthetic", "synthetic": true, "description": "...",
     "jobs": [{"dataset": "squad", "network": "bert_base_uncased", "optimizer": "adamw", "target_metric": 84.0,
               "max_epochs": 6, "default_bs": 32, "default_lr": 5e-05, "higher_is_better": true,
               "default_bs_by_gpu": {"p100": 24}}]}

All keys but a job's first five are optional, and so is the file. Traces that were collected have one more, "measured":
how, with which uncertainty, and what is to be said against it. It is for people, and for their programs.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
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

__all__ = ["FILE_NAME", "Metadata", "gpus_summed", "read_metadata"]

_logger = logging.getLogger(__name__)

FILE_NAME = "trace.json"
REQUIRED = {"dataset": str, "network": str, "optimizer": str, "target_metric": (int, float), "max_epochs": int}
OPTIONAL = {"default_bs": int, "default_lr": (int, float), "higher_is_better": bool, "default_bs_by_gpu": dict}
TOP = {"name": str, "synthetic": bool, "description": str, "jobs": list, "measured": dict}


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
        those GPUs that need another one, by the GPU's name in lower case.
    stock
        Whether the jobs are the stock ones, since the directory names none: that it lacks some of them is no news.
    """

    name: str
    synthetic: bool = False
    description: str = ""
    jobs: tuple[tuple[Job, Mapping[str, int]], ...] = ()
    stock: bool = False

    def jobs_on(self, gpu: str, train: pd.DataFrame, power: pd.DataFrame) -> tuple[Job, ...]:
        """Jobs that the traces hold on a GPU, each with the default batch size that suits it.

        A job that the traces do not hold is left out, and logged with the reason: as a warning if the directory's own
        ``trace.json`` names it.

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
        held = []
        for job, by_gpu in self.jobs:
            if reasons := _absent(job, train, power):
                level = logging.INFO if self.stock else logging.WARNING
                _logger.log(level, "%s is left out, since it is not in the traces: %s", job, "; ".join(reasons))
            else:
                size = by_gpu.get(gpu.lower())
                held.append(job if size is None else _with_batch_size(job, size, train))
        return tuple(held)


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
        return Metadata(name, jobs=read_metadata(stock).jobs if (stock := _stock(directory)) else (), stock=True)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise TraceError(f"{file} cannot be read: {cause}") from cause
    wrong = _wrong(content, {}, TOP, "")
    if not wrong:
        for at, entry in enumerate(content.get("jobs", ())):
            wrong += _wrong_job(entry, f"job {at}: ")
    if wrong:
        raise TraceError(f"{file}: {listed(wrong, shown=20)}")
    jobs = tuple(_job(entry) for entry in content.get("jobs", ()))
    return Metadata(content.get("name", name), content.get("synthetic", False), content.get("description", ""), jobs)


def gpus_summed(power_file: Path) -> int:
    """Find how many GPUs the power of a power trace is the sum of, while its limits are those of each.

    Parameters
    ----------
    power_file
        The power trace.

    Returns
    -------
    int
        As "measured" says in the ``trace.json`` beside it, if that is about this GPU; 1 where nothing says so.
    """
    with suppress(OSError, ValueError, KeyError, TypeError):  # `read_metadata` says what is wrong with it
        measured = json.loads((power_file.parent / FILE_NAME).read_text(encoding="utf-8"))["measured"]
        if power_file.name.lower().startswith(f"power_{measured['gpu']}.".lower()):
            return max(1, int(measured["num_gpus"]))
    return 1


def _stock(directory: Path) -> Path | None:
    try:
        bundled = bundled_directory()
    except TraceError:
        return None
    return None if bundled == directory.resolve() or not (bundled / FILE_NAME).is_file() else bundled


def _job(entry: dict[str, Any]) -> tuple[Job, Mapping[str, int]]:
    by_gpu = {gpu.lower(): size for gpu, size in entry.get("default_bs_by_gpu", {}).items()}
    return Job(**{key: value for key, value in entry.items() if key != "default_bs_by_gpu"}), by_gpu


def _wrong_job(entry: Any, where: str) -> list[str]:
    wrong = _wrong(entry, REQUIRED, OPTIONAL, where)
    if not isinstance(entry, dict):
        return wrong
    counts = {name: entry.get(name) for name in ("max_epochs", "default_bs")}
    if isinstance(by_gpu := entry.get("default_bs_by_gpu"), dict):
        wrong += _wrong(by_gpu, {}, dict.fromkeys(by_gpu, int), f"{where}default_bs_by_gpu: ")
        counts |= by_gpu
    low = {name: count for name, count in counts.items() if type(count) is int and count < 1}
    return wrong + [f"{where}{name!r} is {count}, but must be 1 or above" for name, count in low.items()]


def _wrong(content: Any, required: Mapping[str, Any], optional: Mapping[str, Any], where: str) -> list[str]:
    """Compare a JSON object with the keys and types that it may have, and say all that is wrong."""
    if not isinstance(content, dict):
        return [f"{where}{content!r} where an object {{...}} is expected"]
    known = {**required, **optional}
    wrong = [
        f"{where}no key {key!r}{nearest(key, [name for name in content if name not in known])}"
        for key in required
        if key not in content
    ]
    for key, value in content.items():
        if key not in known:
            wrong.append(f"{where}unknown key {key!r}{nearest(key, known)}")
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] is not bool):
            wrong.append(f"{where}{key!r} is {value!r}, which has the wrong type")
    return wrong


def _absent(job: Job, train: pd.DataFrame, power: pd.DataFrame) -> list[str]:
    """Say why a job cannot be replayed, one reason per column, whichever table lacks its value."""
    workload = {"dataset": job.dataset, "network": job.network, "optimizer": job.optimizer}
    reasons = absences(power, workload) | absences(train, {**workload, "target_metric": job.target_metric})
    return [*reasons.values()]


def _with_batch_size(job: Job, batch_size: int, train: pd.DataFrame) -> Job:
    """Change the default batch size; the learning rate recorded at it goes with it."""
    rows = job.filter_df(train)
    rates = rows.loc[rows["batch_size"] == batch_size, "learning_rate"]
    rate = job.default_lr if rates.empty else float(rates.iloc[0])
    return replace(job, default_bs=batch_size, default_lr=rate)
