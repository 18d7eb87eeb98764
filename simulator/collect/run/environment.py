"""What a training script finds in its environment: section 3 of the event protocol."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simulator.collect.protocol.follow import EVENTS_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.collect.plan import Plan, RunSpec

__all__ = ["OUTPUT_FILE", "STOP_FILE", "job_environment"]

#: Files in a run's directory: what the script prints, and what tells it that it is enough.
OUTPUT_FILE, STOP_FILE = "output.log", "stop"

#: What a batch system says of the controller, which is no rank of the script.
_RANKS = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "SLURM_NTASKS")


def job_environment(plan: Plan, spec: RunSpec, directory: Path) -> dict[str, str]:
    """Make the environment of a run: that of this process, what the protocol adds, and what the plan says.

    Only a run that goes to the target is told what the target is: a script that stops there by itself would cut short
    a run that measures power.

    Parameters
    ----------
    plan
        The plan.
    spec
        The run.
    directory
        Its directory.

    Returns
    -------
    dict of str
        All of its variables.
    """
    inherited = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    told = {
        "EVENTS": str((directory / EVENTS_FILE).resolve()),
        "STOP": str((directory / STOP_FILE).resolve()),
        "RUN_ID": spec.key,
        "BATCH_SIZE": str(spec.batch_size),
        "SEED": str(spec.seed),
        "SLICE": str(spec.slice),
        "LR": repr(spec.learning_rate),
        "MAX_EPOCHS": str(spec.epochs),
    }
    if spec.kind != "power":
        sign = ">=" if plan.job.higher_is_better else "<="
        told |= {"TARGET": repr(plan.stop_target), "STOP_AT": f"{plan.metric}{sign}{plan.stop_target!r}"}
    if spec.power_limit_w is not None:
        told["POWER_LIMIT_W"] = str(spec.power_limit_w)
    gpus = {}
    if spec.gpu_uuids:  # CUDA's own order is fastest first, NVML's is by PCI
        gpus = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": ",".join(spec.gpu_uuids)}
    protocol = {f"SIMULATOR_{name}": value for name, value in told.items()}
    return {**inherited, "PYTHONUNBUFFERED": "1", **gpus, **plan.measure.environment, **protocol}


def _is_ours(name: str) -> bool:
    return name.startswith("SIMULATOR_") or name in _RANKS
