"""What a run came to, and a whole replay, run by run: the same sums in the same order in every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.trace.expected import expected_cost

if TYPE_CHECKING:
    from simulator.trace.table import JobTable

__all__ = ["LATE", "NEAR", "Run", "Totals", "add_run", "near_oracle"]

#: How many recurrences at the end of a replay show what a policy has settled on ("Zeus", NSDI'23, section 6.2).
LATE = 5

#: How near to the oracle is near enough, and how many recurrences in a row must be.
NEAR = 0.05
_IN_A_ROW = 5


@dataclass
class Run:
    """What the last run came to.

    Parameters
    ----------
    recurrence
        Which recurrence, or submission, it belongs to, from 0.
    size, limit
        Positions of its batch size and power limit.
    energy_j, time_s, cost
        Energy [J], time [s] and energy–time cost [J] of the whole run.
    reached
        Whether it reached the target.
    profiled
        Whether its first epoch was spent on profiling power limits.
    stopped
        Whether it was stopped by the bound on its cost, before it had used up its epochs.
    """

    recurrence: int = 0
    size: int = 0
    limit: int = 0
    energy_j: float = 0.0
    time_s: float = 0.0
    cost: float = 0.0
    reached: bool = False
    profiled: bool = False
    stopped: bool = False


@dataclass
class Totals:
    """Sums over the runs of one replay.

    Parameters
    ----------
    retries
        Tries of a recurrence beyond its first, those included that could not afford an epoch.
    early_stops
        Tries that the bound on their cost stopped before they had used up their epochs.
    runs
        Runs that used up anything.
    recurrences
        Recurrences that reached the target.
    energy_j, time_s, cost
        Sums over the runs.
    late_energy_j, late_time_s, late_cost
        Sums over the runs of the last `LATE` recurrences.
    near_oracle
        Whether a batch size and power limit cost about as little as the best, in expectation, shape (n_sizes ·
        n_limits,).
    n_limits
        How many power limits there are.
    streak
        Recurrences in a row that ended near the oracle.
    recurrences_to_oracle
        Recurrences before the first streak that is long enough; −1 if there was none.
    """

    retries: int
    early_stops: int
    runs: int
    recurrences: int
    energy_j: float
    time_s: float
    cost: float
    late_energy_j: float
    late_time_s: float
    late_cost: float
    near_oracle: list[bool]
    n_limits: int
    streak: int
    recurrences_to_oracle: int

    @classmethod
    def begin(cls, near: list[bool], *, n_limits: int) -> Totals:
        """Start with no runs, from `near_oracle`."""
        return cls(
            retries=0,
            early_stops=0,
            runs=0,
            recurrences=0,
            energy_j=0.0,
            time_s=0.0,
            cost=0.0,
            late_energy_j=0.0,
            late_time_s=0.0,
            late_cost=0.0,
            near_oracle=near,
            n_limits=n_limits,
            streak=0,
            recurrences_to_oracle=-1,
        )


def near_oracle(table: JobTable, *, eta: float) -> list[bool]:
    """Say of each batch size and power limit whether it costs about as little as the best, in expectation."""
    cost = expected_cost(table, eta=eta)
    near: list[bool] = ((cost <= (1 + NEAR) * cost.min()) & np.isfinite(cost)).ravel().tolist()
    return near


def add_run(totals: Totals, run: Run, energy_j: float, time_s: float, cost: float, is_late: bool) -> None:
    """Add a run and what it has used up: energy [J], time [s], cost [J]; late if its recurrence is one of the last."""
    totals.runs += 1
    totals.energy_j += energy_j
    totals.time_s += time_s
    totals.cost += cost
    if is_late:
        totals.late_energy_j += energy_j
        totals.late_time_s += time_s
        totals.late_cost += cost
    if run.reached:
        totals.recurrences += 1
        near = totals.near_oracle[run.size * totals.n_limits + run.limit]
        totals.streak = totals.streak + 1 if near else 0
        if totals.streak == _IN_A_ROW and totals.recurrences_to_oracle < 0:
            totals.recurrences_to_oracle = totals.recurrences - _IN_A_ROW
