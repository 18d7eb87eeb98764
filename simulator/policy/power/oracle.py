"""What hindsight would do: the power limit that costs least on average, known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.power.base import PlainStatePowerOptimizer
from simulator.trace.expected import attempt_cost, expected_cost

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.trace.table import JobTable

__all__ = ["OraclePowerLimitOptimizer"]


class OraclePowerLimitOptimizer(PlainStatePowerOptimizer[int]):
    """The limit with the least expected cost at each batch size, which an engine reveals; nothing is profiled.

    At a batch size that never reaches the target, the limit whose attempts cost least. Ties go to the lower limit.

    Parameters
    ----------
    verbose
        Whether to log decisions.
    """

    decides_once = True

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Oracle power limit"

    def reveal(self, job: Job, table: JobTable, *, eta: float) -> None:
        """Look at everything that was recorded about a job; if seen again, the last look counts."""
        costs = zip(expected_cost(table, eta=eta).tolist(), attempt_cost(table, eta=eta).tolist(), strict=True)
        limits = table.power_limits_w.tolist()
        for batch_size, (expected, attempt) in zip(table.batch_sizes.tolist(), costs, strict=True):
            _, _, limit = min(zip(expected, attempt, limits, strict=True))
            self._remember(job, batch_size, limit)

    def predict(self, job: Job, batch_size: int) -> int:
        """Choose the limit [W] that was found when the job was revealed.

        Raises
        ------
        PolicyError
            If the job was not revealed, or has no such batch size.
        """
        limit = self._state(job, batch_size)
        if limit is None:
            raise PolicyError(
                f"the oracle was not shown what is recorded about {job} at batch size {batch_size}; call reveal first, "
                "as replay does"
            )
        return limit
