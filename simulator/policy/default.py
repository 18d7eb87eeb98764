"""What users do today: the default batch size, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["DefaultBatchSizeOptimizer"]


class DefaultBatchSizeOptimizer(PlainStateOptimizer[int]):
    """The job's default batch size, always: no exploration.

    A failed run is tried again at the same size. With the power policy ``full`` this is the baseline «Default» of
    "Zeus" (NSDI'23), section 6.1.

    Parameters
    ----------
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = DefaultBatchSizeOptimizer(), Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [16, 32, 64])
    >>> policy.predict(job)
    32
    """

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Default"

    def _start(self, job: Job, batch_sizes: list[int]) -> int:
        if job.default_bs not in batch_sizes:
            raise PolicyError(
                f"{job} needs a default batch size for this policy: Job(..., default_bs=...), one of {batch_sizes}"
            )
        return batch_sizes.index(job.default_bs)

    def _choose(self, state: int) -> int:
        return state

    def _learn(self, state: int, position: int, cost: float, converged: bool | None) -> None:
        """Nothing to learn."""
