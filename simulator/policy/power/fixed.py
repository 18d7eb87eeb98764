"""One power limit for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.power.base import PlainStatePowerOptimizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.job import Job

__all__ = ["FixedPowerLimitOptimizer"]


class FixedPowerLimitOptimizer(PlainStatePowerOptimizer[list[int]]):
    """A power limit that the user has set; nothing is profiled.

    Parameters
    ----------
    power_limit_w
        The limit [W].
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = FixedPowerLimitOptimizer(175), Job("squad", "bert", "adamw", 84.0, 6)
    >>> policy.register_job(job, {32: [100, 175, 250]})
    >>> policy.predict(job, 32)
    175
    """

    decides_once = True

    def __init__(self, power_limit_w: int, *, verbose: bool = False) -> None:
        super().__init__(verbose=verbose)
        self.power_limit_w = power_limit_w

    @property
    def name(self) -> str:
        """Name of the policy."""
        return f"Fixed at {self.power_limit_w} W"

    def register_job(self, job: Job, power_limits: Mapping[int, Sequence[int]]) -> None:
        """Learn which limits [W] there are to choose from.

        Raises
        ------
        PolicyError
            If no batch size has this limit.
        """
        offered = sorted({int(limit) for limits in power_limits.values() for limit in limits})
        if self.power_limit_w not in offered:
            raise PolicyError(f"{self.power_limit_w} W is no power limit of {job}; there are {_listed(offered)}")
        for batch_size, limits in power_limits.items():
            self._remember(job, batch_size, sorted(int(limit) for limit in limits))

    def predict(self, job: Job, batch_size: int) -> int:
        """Choose the one limit [W].

        Raises
        ------
        PolicyError
            If the batch size does not have it, or is not registered.
        """
        limits = self._state(job, batch_size)
        if limits is None:
            raise PolicyError(f"no power limits are registered for {job} at batch size {batch_size}; call register_job")
        if self.power_limit_w not in limits:
            raise PolicyError(
                f"{self.power_limit_w} W is no power limit of {job} at batch size {batch_size}, "
                f"which has {_listed(limits)}"
            )
        return limits[limits.index(self.power_limit_w)]


def _listed(limits: list[int]) -> str:
    return ", ".join(map(str, limits)) + " W" if limits else "none"
