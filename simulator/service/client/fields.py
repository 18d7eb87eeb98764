"""What may be said of a job when it is registered, by name, so that a misspelt name is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from simulator.errors import SpecError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DEFAULTS", "JobFields", "check_names", "check_present"]


class JobFields(TypedDict, total=False):
    """Fields of a job; `simulator.service.JobSpec` documents each."""

    job_id: str
    job_id_prefix: str
    batch_sizes: Sequence[int]
    default_batch_size: int
    eta: float
    beta: float | None
    target_metric: float
    higher_is_better: bool
    max_epochs: int
    num_pruning_rounds: int
    window_size: int
    prior_mean: float
    prior_precision: float
    num_exploration: int
    seed: int | None
    max_power_w: float
    n_gpus: int
    gpu: str
    policy: str
    power_policy: str | None
    power_limits_w: Sequence[int]
    dataset: str
    network: str
    optimizer: str
    lease_s: float | None
    max_failures: int


#: What the service takes for fields left out, as far as a client needs it without the service.
DEFAULTS = {"target_metric": 0.5, "higher_is_better": True, "max_epochs": 100}


def check_names(fields: Mapping[str, Any]) -> None:
    """Refuse names that no field has; the service would ignore them.

    Parameters
    ----------
    fields
        What is to be said of a job.

    Raises
    ------
    SpecError
        If a name is unknown.

    Examples
    --------
    >>> check_names({"batch_size": [32, 64]})
    Traceback (most recent call last):
    simulator.errors.SpecError: a job has no 'batch_size'; did you mean 'batch_sizes'?
    """
    for name in fields:
        if name not in JobFields.__annotations__:
            known = ", ".join(JobFields.__annotations__)
            hint = nearest(name, JobFields.__annotations__) or f"; there are: {known}"
            raise SpecError(f"a job has no {name!r}{hint}")


def check_present(fields: Mapping[str, Any]) -> None:
    """Refuse a job that lacks what every training run must say.

    Parameters
    ----------
    fields
        What is to be said of a job.

    Raises
    ------
    SpecError
        If something is missing.

    Examples
    --------
    >>> check_present({"job_id": "mnist", "batch_sizes": [32, 64], "default_batch_size": 32})
    Traceback (most recent call last):
    simulator.errors.SpecError: the job lacks max_power_w, gpu
    """
    needed = ("job_id", "batch_sizes", "default_batch_size", "max_power_w", "gpu")
    missing = [
        name for name in needed if fields.get(name) is None or (isinstance(fields[name], str) and not fields[name])
    ]
    if missing:
        raise SpecError(f"the job lacks {', '.join(missing)}")
