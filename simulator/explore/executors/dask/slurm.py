"""A Dask cluster whose workers are jobs of Slurm."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import dask

from simulator.errors import ExecutorError, ExtraMissingError
from simulator.explore.executors.dask.local import OURS
from simulator.explore.executors.slurm import commands
from simulator.explore.executors.slurm.commands import SilentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["job_options", "slurm_cluster"]

#: Wall time of a worker for which nobody says another one [min], and its memory [GB].
TIME_MIN, MEM_GB = 60, 2
#: Options of sbatch that dask-jobqueue does not know by name.
_FURTHER = ("constraint", "qos", "reservation", "nodelist", "exclude", "gres", "comment", "dependency")


def job_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Say settings of a launcher in the words of dask-jobqueue.

    Parameters
    ----------
    settings
        As `Chunk.settings`.

    Returns
    -------
    dict
        What `dask_jobqueue.SLURMCluster` takes.

    Examples
    --------
    >>> said = job_options({"partition": "cpu", "time_min": 90, "mem_gb": 4, "qos": "low"})
    >>> said["queue"], said["walltime"], said["memory"], said["job_extra_directives"]
    ('cpu', '90', '4GB', ['--qos=low'])
    """
    further = [f"--{each}={settings[each]}" for each in _FURTHER if settings.get(each) is not None]
    if settings.get("gpus_per_node"):
        further.append(f"--gpus-per-node={settings['gpus_per_node']}")
    if settings.get("exclusive"):
        further.append("--exclusive")
    further += [f"--{name}={value}" for name, value in dict(settings.get("additional_parameters") or {}).items()]
    return {
        "queue": settings.get("partition"),
        "account": settings.get("account"),
        "walltime": str(settings.get("time_min", TIME_MIN)),
        "memory": f"{settings.get('mem_gb', MEM_GB)}GB",
        "job_cpu": settings.get("cpus_per_task", 1),
        "job_script_prologue": list(settings.get("setup") or ()),
        "job_extra_directives": further,
    }


def slurm_cluster(workers: int, settings: Mapping[str, Any], interface: str | None, logs: Path) -> Any:
    """Start a scheduler here, and submit jobs that work for it.

    Parameters
    ----------
    workers
        How many jobs; each has one process with one thread.
    settings
        Of the scheduler of the cluster, as `Chunk.settings`.
    interface
        Network interface by which machines reach one another; None lets Dask choose.
    logs
        Folder for what jobs say.

    Returns
    -------
    dask_jobqueue.SLURMCluster
        To be closed.

    Raises
    ------
    ExtraMissingError
        dask-jobqueue is not installed.
    ExecutorError
        Slurm refuses; in its own words.
    """
    SLURMCluster = _cluster_class()  # noqa: N806  # it is a class
    try:
        with dask.config.set(OURS):
            cluster: Any = SLURMCluster(
                n_workers=0,
                cores=1,
                processes=1,
                python=sys.executable,
                interface=interface,
                scheduler_options={"dashboard": False, "dashboard_address": ":0"},
                worker_extra_args=["--no-dashboard"],
                log_directory=str(logs),
                job_name="sweep-dask",
                silence_logs="critical",
                **job_options(settings),
            )
    except (RuntimeError, OSError, ValueError) as error:
        raise ExecutorError(f"Dask cannot make a cluster of jobs of Slurm: {error}") from error
    try:
        commands.try_script(cluster.job_script())  # dask-jobqueue keeps to itself what Slurm says
        cluster.scale(jobs=workers)
    except SilentError as error:
        cluster.close(timeout=10)
        raise ExecutorError(f"Slurm does not answer: {error}") from error
    except BaseException:
        cluster.close(timeout=10)
        raise
    return cluster


def _cluster_class() -> Any:
    """Import dask-jobqueue's class, and leave Ctrl-C with whoever has it: the import gives it a meaning of its own."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise ExtraMissingError(
            "Dask's workers in jobs of Slurm need dask-jobqueue, which is not installed: "
            "pip install 'trace-simulator[dask]'"
        ) from error
    finally:
        if signal.getsignal(signal.SIGINT) is not on_interrupt:
            signal.signal(signal.SIGINT, on_interrupt)
    return SLURMCluster
