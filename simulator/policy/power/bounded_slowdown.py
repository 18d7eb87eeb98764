"""As little energy as possible, but not much slower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.power.base import PlainStatePowerOptimizer

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["BoundedSlowdownPowerLimitOptimizer"]


@dataclass
class Epoch:
    """What an epoch takes at a power limit.

    Parameters
    ----------
    energy_j
        Energy [J].
    time_s
        Time [s].
    """

    energy_j: float
    time_s: float


class BoundedSlowdownPowerLimitOptimizer(PlainStatePowerOptimizer[dict[int, Epoch]]):
    """The limit with the least energy an epoch among those at most s % slower than the largest limit.

    A batch size is profiled once. What an epoch costs in the replay's η does not matter, its joules and seconds do.
    Ties go to the limit seen first: the larger one, since profiling starts with the largest.

    Parameters
    ----------
    slowdown_percent
        By how much an epoch may take longer than at the largest limit [%].
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = BoundedSlowdownPowerLimitOptimizer(10), Job("squad", "bert", "adamw", 84.0, 6)
    >>> for limit, energy, time in ((250, 900.0, 10.0), (200, 800.0, 10.9), (150, 700.0, 13.0)):
    ...     policy.observe_epoch(job, 32, limit, energy_j=energy, time_s=time)
    >>> policy.predict(job, 32)
    200
    """

    decides_once = True

    def __init__(self, slowdown_percent: float = 5.0, *, verbose: bool = False) -> None:
        super().__init__(verbose=verbose)
        if not slowdown_percent >= 0:
            raise PolicyError(
                f"slowdown_percent is {slowdown_percent}; it says how much slower an epoch may be: 0 or more"
            )
        self.slowdown_percent = slowdown_percent

    @property
    def name(self) -> str:
        """Name of the policy."""
        return f"Least energy within {self.slowdown_percent:g} % slowdown"

    def observe_epoch(self, job: Job, batch_size: int, power_limit: int, *, energy_j: float, time_s: float) -> None:
        """Remember an epoch's energy [J] and time [s] at a limit; if profiled again, the last profile counts."""
        profile = self._state(job, batch_size) or {}
        profile[int(power_limit)] = Epoch(float(energy_j), float(time_s))
        self._remember(job, batch_size, profile)

    def predict(self, job: Job, batch_size: int) -> int | None:
        """Choose the limit [W] with the least energy that is fast enough, None if nothing was profiled yet."""
        profile = self._state(job, batch_size)
        if not profile:
            return None
        bound = (1 + self.slowdown_percent / 100) * profile[max(profile)].time_s
        fast_enough = [limit for limit, epoch in profile.items() if epoch.time_s <= bound]
        return min(fast_enough, key=lambda limit: profile[limit].energy_j)
