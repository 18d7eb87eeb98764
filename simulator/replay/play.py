"""One replay as plain numbers: what runs read, and what they leave behind.

Schedules and pricing are written once, as functions over a `Play`, in the part of Python that also compiles. Two hosts
run them and answer what only they know: which size and limit a policy chooses, which path chance draws, where a
finished run goes. The event engine asks Python objects (`simulator.replay.event`), the vectorized engine compiled ones
(`simulator.replay.compiled`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simulator.replay.in_flight import InFlight  # noqa: TC001  (types of fields, looked up to lay out a play)
from simulator.replay.totals import Run, Totals  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.replay.submissions import Submission
    from simulator.trace.table import JobTable

__all__ = ["SHARED", "Cells", "Play", "SoFar", "Submissions"]

#: Marks a field that many replays read, or write into, and that is not made anew for each.
SHARED = {"shared": True}


@dataclass
class Cells:
    """What was recorded about a job, flat, as lists: a loop reads them faster than arrays.

    A *place* is a slice and a batch size, a *cell* a place and a power limit; both count through in this order. See
    `simulator.trace.table.JobTable` for what the numbers mean.

    Parameters
    ----------
    n_slices, n_sizes, n_limits
        How many there are.
    path_first, path_count
        First path of a cell and how many it has, shape (n_cells,).
    target_epoch, epoch_energy_j, epoch_time_s
        The paths, shape (n_paths,).
    first_epoch_energy_j, first_epoch_time_s
        Energy [J] and time [s] of an epoch that is spent on profiling, shape (n_places,).
    largest_limit_w
        Largest power limit recorded at a place [W], 0 where nothing was recorded, shape (n_places,).
    max_power_w
        MAXPOWER [W].
    """

    n_slices: int
    n_sizes: int
    n_limits: int
    path_first: list[int]
    path_count: list[int]
    target_epoch: list[float]
    epoch_energy_j: list[float]
    epoch_time_s: list[float]
    first_epoch_energy_j: list[float]
    first_epoch_time_s: list[float]
    largest_limit_w: list[float]
    max_power_w: float

    @classmethod
    def of(cls, table: JobTable) -> Cells:
        """Flatten a job's table."""
        largest = np.where(table.path_count > 0, table.power_limits_w, 0).max(axis=2)
        n_slices, n_sizes, n_limits = table.path_count.shape
        return cls(
            n_slices,
            n_sizes,
            n_limits,
            table.path_first.ravel().tolist(),
            table.path_count.ravel().tolist(),
            table.target_epoch.tolist(),
            table.epoch_energy_j.tolist(),
            table.epoch_time_s.tolist(),
            table.profile_epoch_energy_j.ravel().tolist(),
            table.profile_epoch_time_s.ravel().tolist(),
            largest.ravel().astype(float).tolist(),
            float(table.max_power_w),
        )


@dataclass
class Submissions:
    """When a job was submitted, one entry a submission; none if it recurs one run after the other.

    Parameters
    ----------
    start_s, end_s
        When it started and ended in the cluster's trace [s].
    ratio
        Its length relative to the recorded runs.
    """

    start_s: list[float]
    end_s: list[float]
    ratio: list[float]

    @classmethod
    def of(cls, submissions: Sequence[Submission]) -> Submissions:
        """Take submissions apart."""
        columns = ([], [], []) if not submissions else zip(*submissions, strict=True)
        return cls(*map(list, columns))


@dataclass
class SoFar:
    """What the schedule knows from runs that ended.

    Parameters
    ----------
    lowest_cost
        The lowest cost of a recurrence [J], infinite until one reached the target.
    best_size
        Position of the batch size of the cheapest run.
    spent
        Cost of the tries of the recurrence at hand [J].
    clock_s
        When the last run ended [s].
    """

    lowest_cost: float = math.inf
    best_size: int = 0
    spent: float = 0.0
    clock_s: float = 0.0


@dataclass
class Play:
    """One replay of a job.

    Parameters
    ----------
    eta, beta
        Energy–time knob η and early stopping knob β.
    max_epochs
        Epochs after which a run is given up.
    recurrences
        How often the job recurs, or is submitted.
    default_size
        Position of the default batch size, −1 if it is not feasible.
    keeps_runs
        Whether every run is kept, or only the totals of the replay.
    cells, submissions
        What was recorded.
    run
        The last run.
    so_far
        What its schedule knows.
    totals
        Sums over the runs.
    in_flight
        Submissions that have not ended.
    """

    eta: float
    beta: float
    max_epochs: int
    recurrences: int
    default_size: int
    keeps_runs: bool
    cells: Cells = field(metadata=SHARED)
    submissions: Submissions = field(metadata=SHARED)
    run: Run
    so_far: SoFar
    totals: Totals
    in_flight: InFlight
