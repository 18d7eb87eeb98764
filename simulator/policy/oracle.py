"""What hindsight would do: the batch size whose runs cost least on average, known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.default import Settled, choose, learn
from simulator.trace.expected import expected_cost

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.trace.table import JobTable

__all__ = ["OracleBatchSizeOptimizer"]


class OracleBatchSizeOptimizer(PlainStateOptimizer[Settled]):
    """The batch size of the cheapest expected configuration, which an engine reveals: a bound, not a rival.

    The cheapest pair of batch size and power limit counts, so the power policy ``oracle`` belongs to it. With
    another one, or with early stopping, a policy may do better than this one. Ties, and a trace in which nothing
    reaches the target, go to the default batch size, else to the smaller one.

    Parameters
    ----------
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.
    """

    def __init__(self, *, seed: int = 123456, verbose: bool = False) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self._expected: dict[Job, dict[int, float]] = {}

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Oracle"

    def reveal(self, job: Job, table: JobTable, *, eta: float) -> None:
        """Look at everything that was recorded about a job; if seen again, the last look counts."""
        least = expected_cost(table, eta=eta).min(axis=1)
        self._expected[job] = dict(zip(table.batch_sizes.tolist(), least.tolist(), strict=True))
        if job in self._sizes:
            self._states[job] = self._start(job, self._sizes[job])

    def _start(self, job: Job, batch_sizes: list[int]) -> Settled:
        if job not in self._expected:
            raise PolicyError(
                f"the oracle was not shown what is recorded about {job}; call reveal first, as replay does"
            )
        least = [self._expected[job].get(size, np.inf) for size in batch_sizes]
        return Settled(
            min(range(len(least)), key=lambda position: (least[position], batch_sizes[position] != job.default_bs))
        )

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
