"""What users do today: the default batch size, always."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["DefaultBatchSizeOptimizer", "Settled", "choose", "learn"]


@dataclass
class Settled:
    """A choice that nothing can change.

    Parameters
    ----------
    position
        The batch size.
    """

    position: int


def choose(state: Settled) -> int:
    """Stay with the one batch size."""
    return state.position


def learn(state: Settled, position: int, cost: float, converged: int) -> int:
    """Learn nothing."""
    return 0


class DefaultBatchSizeOptimizer(PlainStateOptimizer[Settled]):
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

    def _start(self, job: Job, batch_sizes: list[int]) -> Settled:
        if job.default_bs not in batch_sizes:
            raise PolicyError(
                f"{job} needs a default batch size for this policy: Job(..., default_bs=...), one of {batch_sizes}"
            )
        return Settled(batch_sizes.index(job.default_bs))

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
