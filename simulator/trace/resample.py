"""Recorded runs, drawn again: what the trace could have held, had its runs been recorded another time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.trace.join import join
from simulator.trace.table import JobTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.job import Job
    from simulator.trace.traces import Traces

    Integers = NDArray[np.int64]

__all__ = ["RecordedRuns", "Stratum"]


class Stratum(NamedTuple):
    """Recorded runs that could stand for one another.

    Parameters
    ----------
    slice
        Data slice; 0 where the job does not drift.
    batch_size
        Batch size.
    runs
        How many runs were recorded.
    kind
        Which of several that have this slice and batch size; 0 unless runs met different power measurements.
    """

    slice: int
    batch_size: int
    runs: int
    kind: int


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordedRuns:
    """The runs that were recorded of one job, apart from the power limits that each of them meets.

    A run of the train trace meets every power measurement of its batch size on the GPU, and so lies at many places of
    the `JobTable`. Drawn again, it moves as a whole: a world has the same runs at all power limits. What was measured
    of power stays as it is.

    Parameters
    ----------
    table
        What was recorded about the job on one GPU.
    run_of_path
        Number of the run that each path of the table belongs to, shape (n_paths,).
    strata
        Runs are drawn within these: by slice and batch size.
    stratum
        Number of the stratum of each run, shape (n_runs,).

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> runs = RecordedRuns.of(traces, traces.jobs[0])
    >>> runs.strata[0]
    Stratum(slice=0, batch_size=8, runs=5, kind=0)
    >>> runs.draw(100, seed=1).shape
    (100, 50)
    """

    table: JobTable
    run_of_path: Integers
    strata: tuple[Stratum, ...]
    stratum: Integers

    @classmethod
    def of(cls, traces: Traces, job: Job) -> RecordedRuns:
        """Find the runs of a job.

        Raises
        ------
        NotInTraceError
            If the traces have no row of the job.
        """
        table = traces.table(job)
        rows = job.filter_df(traces.train)
        # A table whose target epochs are the numbers of the runs says which run each path belongs to.
        numbered = join(rows.assign(target_epoch=np.arange(len(rows), dtype=float)), traces.power)
        _, run_of_path = np.unique(
            JobTable.from_frame(job, numbered).target_epoch.astype(np.int64), return_inverse=True
        )
        cell = np.repeat(np.arange(table.path_count.size), table.path_count.ravel())
        meets = np.zeros((run_of_path.max() + 1, table.path_count.size), np.int64)
        np.add.at(meets, (run_of_path, cell), 1)
        patterns, stratum = np.unique(meets, axis=0, return_inverse=True)
        strata: list[Stratum] = []
        for number, pattern in enumerate(patterns):
            at_slice, size, _ = np.unravel_index(pattern.argmax(), table.path_count.shape)
            where = int(table.slices[at_slice]), int(table.batch_sizes[size])
            kind = sum(other[:2] == where for other in strata)
            strata.append(Stratum(*where, int((stratum == number).sum()), kind))
        order = sorted(range(len(strata)), key=strata.__getitem__)
        return cls(
            table=table,
            run_of_path=run_of_path.astype(np.int64),
            strata=tuple(strata[number] for number in order),
            stratum=np.argsort(order)[stratum.ravel()],
        )

    def draw(self, times: int, *, seed: int) -> Integers:
        """Draw the runs again, several times, with replacement within each stratum.

        The draws of a stratum depend on nothing but the workload, the stratum and the seed: other GPUs, and other
        targets of the same runs, get the same ones.

        Parameters
        ----------
        times
            How many times.
        seed
            Seed, 0 or above.

        Returns
        -------
        numpy.ndarray
            For each time and run the number of the run that takes its place, shape (times, n_runs).
        """
        drawn = np.empty((times, len(self.stratum)), np.int64)
        for number, stratum in enumerate(self.strata):
            (members,) = np.nonzero(self.stratum == number)
            key = hashlib.sha256(repr((self.table.job.workload, tuple(stratum))).encode()).digest()
            chance = np.random.default_rng([seed, int.from_bytes(key[:16], "little")])
            drawn[:, members] = members[chance.integers(len(members), size=(times, len(members)))]
        return drawn

    def world(self, drawn: Integers) -> JobTable:
        """Make the table of what would have been recorded, had these runs come out.

        Parameters
        ----------
        drawn
            For each run the number of the run that takes its place, shape (n_runs,): a row of `draw`.

        Returns
        -------
        JobTable
            The job's table in that world.
        """
        order = np.argsort(self.run_of_path, kind="stable")
        run = self.run_of_path[order]
        first = np.searchsorted(run, np.arange(len(self.stratum)))
        path = np.empty_like(order)
        path[order] = order[first[drawn[run]] + np.arange(len(order)) - first[run]]
        columns = ("target_epoch", "epoch_energy_j", "epoch_time_s")
        return replace(self.table, **{name: getattr(self.table, name)[path] for name in columns})
