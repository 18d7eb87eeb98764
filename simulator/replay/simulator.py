"""The published simulator's class, under its own names: a script written for it needs other imports and no more."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import real_number, whole_number
from simulator.errors import ReplayError
from simulator.policy.kind import check_policy
from simulator.replay.arguments import check_job
from simulator.replay.draws import PublishedDraws
from simulator.replay.event import EventPlay
from simulator.replay.failures import play_through
from simulator.replay.play import Submissions
from simulator.replay.submissions import submissions_from
from simulator.trace.files import read_table
from simulator.trace.join import join
from simulator.trace.table import JobTable

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from simulator.job import Job
    from simulator.policy.interface import BatchSizeOptimizer, PowerLimitOptimizer

__all__ = ["HistoryEntry", "Simulator"]

_logger = logging.getLogger("simulator.replay")


@dataclass
class HistoryEntry:
    """Configuration and result of one run.

    Parameters
    ----------
    bs
        Batch size.
    pl
        Power limit [W].
    energy
        Energy [J].
    reached
        Whether the target was reached.
    time
        Time [s].
    """

    bs: int
    pl: int
    energy: float
    reached: bool
    time: float


class Simulator:
    """Replays a job as the published simulator does, to the last bit.

    The interface is that of the class of the same name in the PyPI package ``zeus``. New code is better served by
    `simulator.replay`, which returns a table.

    Parameters
    ----------
    summary_train, summary_power
        Train trace and the power trace of one GPU: a path or a DataFrame.
    batch_size_optimizer, power_limit_optimizer
        Policies, ours or written for the published simulator. Each simulation works on a copy.
    seed
        Seed of the path draws. The policies have seeds of their own.
    verbose
        Whether to log, under the logger ``simulator.replay``. Nothing is printed.

    Examples
    --------
    >>> import pandas as pd
    >>> from simulator import Job
    >>> from simulator.policy import JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer
    >>> row = {"dataset": "d", "network": "n", "optimizer": "adam", "batch_size": 8}
    >>> train = pd.DataFrame([{**row, "target_metric": 0.9, "target_epoch": 4.0}])
    >>> power = pd.DataFrame([{**row, "power_limit": 200, "time_per_epoch": 10.0, "average_power": 150.0}])
    >>> simulator = Simulator(train, power, PruningGTSBatchSizeOptimizer(), JITPowerLimitOptimizer())
    >>> simulator.simulate_one_job(Job("d", "n", "adam", 0.9, 100, default_bs=8), 1, beta_knob=2.0, eta_knob=0.5)
    [HistoryEntry(bs=8, pl=200, energy=6000.0, reached=True, time=40.0)]
    """

    def __init__(
        self,
        summary_train: str | PathLike[str] | pd.DataFrame,
        summary_power: str | PathLike[str] | pd.DataFrame,
        batch_size_optimizer: BatchSizeOptimizer,
        power_limit_optimizer: PowerLimitOptimizer,
        seed: int = 123456,
        verbose: bool = True,
    ) -> None:
        joined = join(read_table(summary_train), read_table(summary_power))
        # A published script that has a column of this name draws from all rows; drift is `simulator.replay`'s.
        self._joined = joined.drop(columns="slice", errors="ignore")
        self._tables: dict[Job, JobTable] = {}
        check_policy("batch_size_optimizer", batch_size_optimizer, takes_size=False)
        check_policy("power_limit_optimizer", power_limit_optimizer, takes_size=True)
        self.bso = batch_size_optimizer
        self.plo = power_limit_optimizer
        self.seed = seed
        self.verbose = verbose

    def simulate_one_job(self, job: Job, num_recurrence: int, beta_knob: float, eta_knob: float) -> list[HistoryEntry]:
        """Replay a job that recurs one run after the other.

        Parameters
        ----------
        job
            The job.
        num_recurrence
            How many recurrences.
        beta_knob
            Early stopping knob β; ``numpy.inf`` never stops a run early.
        eta_knob
            Energy–time knob η.

        Returns
        -------
        list of HistoryEntry
            Every run in the order in which they ended, failed tries included.

        Raises
        ------
        SimulatorError
            `ConvergenceError` if the first recurrence fails, or any recurrence 20 times; others say what is wrong
            with the job, the knobs, or what a policy chose.
        """
        recurrences = whole_number("num_recurrence", num_recurrence, error=ReplayError, least=0)
        return self._history(job, recurrences, None, beta_knob, eta_knob)

    def simulate_one_alibaba_group(
        self, job: Job, group_df: pd.DataFrame, beta_knob: float, eta_knob: float
    ) -> list[HistoryEntry]:
        """Replay a job whose submissions may overlap.

        Parameters
        ----------
        job
            The job.
        group_df
            Submissions in the order of their starts: start_time [s], end_time [s], runtime_ratio.
        beta_knob
            Early stopping knob β.
        eta_knob
            Energy–time knob η.

        Returns
        -------
        list of HistoryEntry
            Every run in the order in which they ended; energy and time are scaled by runtime_ratio.

        Raises
        ------
        JobError
            If the job has no default batch size.
        ConvergenceError
            If a submission never reaches the target.
        """
        submissions = submissions_from(group_df)
        return self._history(job, len(submissions), Submissions.of(submissions), beta_knob, eta_knob)

    def _history(
        self, job: Job, recurrences: int, submissions: Submissions | None, beta: float, eta: float
    ) -> list[HistoryEntry]:
        check_job(job)
        for name, knob in (("beta_knob", beta), ("eta_knob", eta)):
            real_number(name, knob, error=ReplayError)
        if job not in self._tables:
            self._tables[job] = JobTable.from_frame(job, self._joined)
        replay = EventPlay(
            job,
            self._tables[job],
            batch_policy=copy.deepcopy(self.bso),
            power_policy=copy.deepcopy(self.plo),
            draws=PublishedDraws(self.seed),
            eta=eta,
            beta=beta,
            recurrences=recurrences,
            submissions=submissions,
        )
        play_through(replay)
        history = []
        for recurrence, attempt, size, limit, reached, _, energy_j, time_s, *_ in replay.rows:
            history.append(HistoryEntry(replay.sizes[size], replay.limits[limit], energy_j, reached, time_s))
            if self.verbose:
                _logger.info("%s recurrence %d, try %d: %s", job, recurrence, attempt, history[-1])
        return history
