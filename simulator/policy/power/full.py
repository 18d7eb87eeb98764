"""What GPUs do unless told otherwise: the largest power limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.power.base import PlainStatePowerOptimizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.job import Job

__all__ = ["FullPowerLimitOptimizer"]


class FullPowerLimitOptimizer(PlainStatePowerOptimizer[int]):
    """The largest power limit of each batch size; nothing is profiled.

    Parameters
    ----------
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = FullPowerLimitOptimizer(), Job("squad", "bert", "adamw", 84.0, 6)
    >>> policy.register_job(job, {32: [100, 175, 250]})
    >>> policy.predict(job, 32)
    250
    """

    decides_once = True

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Full power"

    def register_job(self, job: Job, power_limits: Mapping[int, Sequence[int]]) -> None:
        """Learn which limits [W] there are to choose from."""
        for batch_size, limits in power_limits.items():
            if len(limits):  # a feasible size may have no row for the job's target
                self._remember(job, batch_size, int(max(limits)))

    def predict(self, job: Job, batch_size: int) -> int:
        """Choose the largest limit [W].

        Raises
        ------
        PolicyError
            If no limit was registered for the batch size.
        """
        limit = self._state(job, batch_size)
        if limit is None:
            raise PolicyError(f"no power limits are registered for {job} at batch size {batch_size}; call register_job")
        return limit
