"""A job of the simulator as the service knows it."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from simulator.errors import SpecError
from simulator.job import Job
from simulator.policy.options import split
from simulator.policy.registry import options
from simulator.service.deciding.policies import KNOBS
from simulator.service.model import JobSpec

if TYPE_CHECKING:
    from simulator.trace.table import JobTable

__all__ = ["job_of", "limits_in_common", "make_spec", "policy_fields"]


def make_spec(job: Job, table: JobTable, *, gpu: str, **more: Any) -> JobSpec:
    """Describe a recorded job to the service.

    Parameters
    ----------
    job
        The job.
    table
        What was recorded about it: its batch sizes, power limits [W] and MAXPOWER [W].
    gpu
        The GPU's name.
    more
        Further fields of `JobSpec`, and other values of those that follow from the job.

    Raises
    ------
    SpecError
        If the job has no default batch size, or something makes no sense.
    """
    sizes = table.batch_sizes.tolist()
    if job.default_bs is None or job.default_bs not in sizes:
        raise SpecError(
            f"{job} needs a default batch size that was recorded, to be registered: default_bs={job.default_bs}; "
            f"recorded are {', '.join(map(str, sizes))}"
        )
    fields = {
        "batch_sizes": sizes,
        "default_batch_size": int(job.default_bs),
        "target_metric": float(job.target_metric),
        "higher_is_better": bool(getattr(job, "higher_is_better", True)),
        "max_epochs": int(job.max_epochs),
        "max_power_w": float(table.max_power_w),
        "gpu": gpu,
        "dataset": str(job.dataset),
        "network": str(job.network),
        "optimizer": str(job.optimizer),
    }
    if more.get("beta") == math.inf:
        more["beta"] = None
    try:
        return JobSpec(**fields | more)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'job'}: {each['msg']}" for each in error.errors())
        raise SpecError(f"{job} cannot be registered: {wrong}") from error


def policy_fields(policy: str) -> dict[str, Any]:
    """Take a policy's name apart into the fields of a registration: its name, and the knobs that are fields.

    Examples
    --------
    >>> policy_fields("pruning-gts:window_size=10")["window_size"]
    10
    >>> policy_fields("epsilon-greedy:0.2")
    {'policy': 'epsilon-greedy:0.2'}
    """
    name, pairs = split(policy)
    known = {knob: value for knob, value in options(name).items() if knob in KNOBS}
    knobs = {knob: value for knob, value in known.items() if value is not inspect.Parameter.empty}
    knobs |= {option: value for option, value in pairs if option in known}
    rest = [f"{option}={value}" if option else f"{value}" for option, value in pairs if option not in known]
    return {"policy": name + (":" + ",".join(rest) if rest else ""), **knobs}


def limits_in_common(table: JobTable) -> list[int] | None:
    """Power limits [W] of all batch sizes that have rows, ascending; None if some have others than the rest."""
    of_sizes = {
        tuple(table.limits_of(size, at_slice=at_slice))
        for at_slice in range(len(table.slices))
        for size in range(len(table.batch_sizes))
    } - {()}
    return list(of_sizes.pop()) if len(of_sizes) == 1 else None


def job_of(spec: JobSpec, *, job_id: str = "") -> Job:
    """Describe a registered job to the simulator.

    Parameters
    ----------
    spec
        What it was registered with. Jobs of the published client say nothing of dataset, network and optimizer.
    job_id
        Its name, which stands in for an unknown dataset.

    Examples
    --------
    >>> spec = JobSpec(batch_sizes=[8], default_batch_size=8, max_power_w=300, gpu="a40")
    >>> str(job_of(spec, job_id="nightly"))
    'Job(nightly,unknown,unknown,0.5,bs8~100)'
    """
    return Job(
        spec.dataset or job_id,
        spec.network or "unknown",
        spec.optimizer or "unknown",
        spec.target_metric,
        spec.max_epochs,
        default_bs=spec.default_batch_size,
        higher_is_better=spec.higher_is_better,
    )
