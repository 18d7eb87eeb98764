"""Hands chunks to Slurm, as many as fit into one array."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import submitit
from submitit.core.utils import FailedJobError, FailedSubmissionError

from simulator.errors import ExecutorError
from simulator.explore.executors.slurm import commands
from simulator.explore.executors.slurm.commands import SilentError, is_silence
from simulator.explore.executors.slurm.job import ChunkRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Batch", "FullError", "parameters", "send"]

#: Wall time of jobs for which nobody says another one [min].
TIME_MIN = 60
#: How often a job whose time is up goes into the queue again before its chunk is given back.
REQUEUES = 3
#: What sbatch says when a user may have no more jobs for now.
_FULL = ("submitjob", "job submit limit", "maxjobcount", "maximum job count", "too many jobs")
#: Settings that submitit calls otherwise.
_NAMES = {"time_min": "time", "tasks_per_node": "ntasks_per_node"}


class FullError(Exception):
    """Slurm takes no more jobs of this user until others end."""


@dataclass
class Batch:
    """Chunks with equal settings that are to be submitted.

    Parameters
    ----------
    keys
        Which chunks.
    settings
        Of the scheduler, as `Chunk.settings`.
    tried
        Name of jobs that Slurm may have taken although it did not answer; they wait for what they never get.
    """

    keys: list[str]
    settings: Mapping[str, Any]
    tried: str | None = None


def parameters(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Say settings in submitit's words.

    Parameters
    ----------
    settings
        As a launcher keeps them.
    name
        What the jobs are called in the queue.

    Returns
    -------
    dict
        What `submitit.SlurmExecutor.update_parameters` takes.

    Examples
    --------
    >>> said = parameters({"time_min": 5, "mem_gb": 2, "reservation": "mine", "cells_per_job": 10}, "sweep")
    >>> said["time"], said["mem"], said["additional_parameters"], said["job_name"]
    (5, '2GB', {'reservation': 'mine'}, 'sweep')
    """
    said: dict[str, Any] = {"time": TIME_MIN, "job_name": name, "wckey": None}
    others = dict(settings)
    if gigabytes := others.pop("mem_gb", None):
        said["mem"] = f"{int(gigabytes)}GB" if gigabytes == int(gigabytes) else f"{int(gigabytes * 1024)}MB"
    further = dict(others.pop("additional_parameters", None) or {})
    if reservation := others.pop("reservation", None):
        further["reservation"] = reservation
    if further:
        said["additional_parameters"] = further
    if cores := others.get("cpus_per_task"):  # srun does not take it from its job since Slurm 22.05
        said["srun_args"] = [f"--cpus-per-task={cores}"]
    others.pop("cells_per_job", None)  # it is the driver's
    said.update({_NAMES.get(each, each): value for each, value in others.items() if value is not None})
    return said


def send(batch: Batch, folder: Path, logs: Path) -> dict[str, str]:
    """Submit chunks as one array; one alone is a job.

    Parameters
    ----------
    batch
        The chunks; their notes are there.
    folder
        The sweep's folder.
    logs
        Where submitit keeps its files.

    Returns
    -------
    dict
        Job of each chunk, as ``job`` or ``array_task``.

    Raises
    ------
    SilentError
        Slurm does not answer; try again.
    FullError
        It takes no more now; try fewer, or later.
    ExecutorError
        It refuses.
    """
    if batch.tried:
        commands.cancel_named(batch.tried)
    name = f"sweep-{batch.keys[0]}"
    batch.tried = name
    try:
        with redirect_stderr(io.StringIO()):  # submitit prints what it also raises
            executor = submitit.SlurmExecutor(folder=str(logs), max_num_timeout=REQUEUES)
            executor.update_parameters(**parameters(batch.settings, name))
            jobs = executor.map_array(ChunkRun(folder), batch.keys)
    except (FailedJobError, FailedSubmissionError, TypeError, ValueError, RuntimeError) as error:
        _forget_attempt(logs)
        _explain(str(error))
    batch.tried = None
    return {key: str(job.job_id) for key, job in zip(batch.keys, jobs, strict=True)}


def _explain(message: str) -> None:
    if is_silence(message):
        raise SilentError(message) from None
    if any(words in message.casefold().replace(" ", "") for words in (each.replace(" ", "") for each in _FULL)):
        raise FullError(message) from None
    raise ExecutorError(f"Slurm does not take the jobs: {message}") from None


def _forget_attempt(logs: Path) -> None:
    """Remove what submitit prepared for jobs that do not exist; their files have names without a number."""
    for path in logs.glob(".submission_file_*.sh"):
        path.unlink(missing_ok=True)
    for path in logs.glob("*.pkl"):
        if len(path.stem) == 32 and "_" not in path.stem:  # a UUID; those of jobs are <job>_submitted.pkl
            with suppress(OSError):
                path.unlink()
