"""Just-in-time power limits: profile a batch size once, then stay with its cheapest limit.

Source: "Zeus" (NSDI'23), section 4.2, equation 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.policy.power.base import PlainStatePowerOptimizer

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["JITPowerLimitOptimizer"]


@dataclass
class Cheapest:
    """The cheapest limit seen at a batch size.

    Parameters
    ----------
    power_limit_w
        Power limit [W].
    epoch_cost
        Energy–time cost of an epoch at it [J].
    """

    power_limit_w: int
    epoch_cost: float


class JITPowerLimitOptimizer(PlainStatePowerOptimizer[Cheapest]):
    """The power limit whose epochs were cheapest, once they were profiled.

    Parameters
    ----------
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = JITPowerLimitOptimizer(), Job("squad", "bert", "adamw", 84.0, 6)
    >>> policy.predict(job, 32) is None
    True
    >>> for limit, cost in ((250, 9.0), (200, 7.0), (150, 8.0)):
    ...     policy.observe(job, 32, limit, cost)
    >>> policy.predict(job, 32)
    200
    """

    decides_once = True

    def __init__(self, verbose: bool = True) -> None:
        super().__init__(verbose=verbose)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "JITPSO"

    def predict(self, job: Job, batch_size: int) -> int | None:
        """Choose the cheapest limit seen, None if the batch size was not profiled yet."""
        cheapest = self._state(job, batch_size)
        return None if cheapest is None else cheapest.power_limit_w

    def observe(self, job: Job, batch_size: int, power_limit: int, cost: float) -> None:
        """Remember the limit if its epochs are cheaper [J] than all before; the first wins a tie."""
        cheapest = self._state(job, batch_size)
        if cheapest is None or cost < cheapest.epoch_cost:
            self._remember(job, batch_size, Cheapest(int(power_limit), float(cost)))
