"""Who decides: the two interfaces that a policy implements.

The abstract methods are those of the published simulator, so that a policy written for it runs unchanged. The others
have a default that does nothing; a policy overrides those that it needs, and an engine skips those that are missing.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.job import Job
    from simulator.trace.table import JobTable

__all__ = ["BatchSizeOptimizer", "PowerLimitOptimizer"]

_logger = logging.getLogger("simulator.policy")


class _Named(ABC):
    """What both kinds of policy have."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the policy, for people."""

    def reveal(self, job: Job, table: JobTable, *, eta: float) -> None:
        """Look at everything that was recorded about a job, before it is registered.

        Only an oracle does; any other policy looks away, which is the default.

        Parameters
        ----------
        job
            The job that will be replayed.
        table
            What was recorded about it.
        eta
            Energy–time knob η of the replay.
        """

    def _log(self, message: str, *args: object) -> None:
        """Log one line under this policy's name, formatted only if somebody listens."""
        if _logger.isEnabledFor(logging.INFO):
            _logger.info("[%s] " + message, self.name, *args)


class BatchSizeOptimizer(_Named):
    """Finds out the best batch size of a recurring job.

    State is kept per job; a job is a dictionary key.
    """

    @abstractmethod
    def register_job(self, job: Job, batch_sizes: list[int]) -> None:
        """Prepare for a job.

        Parameters
        ----------
        job
            The new job.
        batch_sizes
            Feasible batch sizes, ascending.
        """

    @abstractmethod
    def predict(self, job: Job) -> int:
        """Choose the batch size of the job's next run.

        Parameters
        ----------
        job
            A registered job.

        Returns
        -------
        int
            One of the registered batch sizes.
        """

    @abstractmethod
    def observe(self, job: Job, batch_size: int, cost: float, converged: bool | None = None) -> None:
        """Learn what a run has cost.

        Parameters
        ----------
        job
            A registered job.
        batch_size
            Batch size of the run.
        cost
            Energy–time cost of the run [J]; see `simulator.cost.energy_time_cost`.
        converged
            Whether the run reached the target, if known. It may not have: stopped early, or out of epochs.
        """


class PowerLimitOptimizer(_Named):
    """Finds out the best power limit of a job at a batch size."""

    #: Whether its choice at a batch size follows from the profile of this batch size alone, and stays. The vectorized
    #: engine then asks once for each batch size, and not for each run. A subclass must say so again.
    decides_once: bool = False

    @abstractmethod
    def predict(self, job: Job, batch_size: int) -> int | None:
        """Choose the power limit of the job's next run.

        Parameters
        ----------
        job
            The job.
        batch_size
            Batch size of the run.

        Returns
        -------
        int or None
            Power limit [W]; None asks for this batch size to be profiled first: `observe` is then called once for
            every limit, the largest first, and `predict` again.
        """

    @abstractmethod
    def observe(self, job: Job, batch_size: int, power_limit: int, cost: float) -> None:
        """Learn what an epoch costs at a power limit.

        Parameters
        ----------
        job
            The job.
        batch_size
            Batch size of the run.
        power_limit
            Power limit [W].
        cost
            Energy–time cost of one epoch [J].
        """

    def register_job(self, job: Job, power_limits: Mapping[int, Sequence[int]]) -> None:
        """Learn which limits there are to choose from.

        Parameters
        ----------
        job
            The new job.
        power_limits
            For each batch size its power limits [W], ascending.
        """

    def observe_epoch(self, job: Job, batch_size: int, power_limit: int, *, energy_j: float, time_s: float) -> None:
        """Learn an epoch's energy and time at a power limit; called before the `observe` with their cost.

        Parameters
        ----------
        job
            The job.
        batch_size
            Batch size of the run.
        power_limit
            Power limit [W].
        energy_j
            Energy of one epoch [J]: mean power times mean time of what was recorded at this limit.
        time_s
            Mean time of one epoch [s].
        """
