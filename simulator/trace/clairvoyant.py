"""What a recurrence costs on average if the luck of every batch size is known before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.cost import energy_time_cost
from simulator.trace.expected import expected_cost

if TYPE_CHECKING:
    from simulator.trace.table import JobTable

__all__ = ["clairvoyant_cost"]


def clairvoyant_cost(table: JobTable, *, eta: float) -> float:
    """Mean cost of a recurrence that runs at whichever batch size is going to be the cheapest this time.

    Before each recurrence one recorded path is drawn for every batch size, each as likely and independent of the
    others, at the size's power limit of least expected cost; the clairvoyant sees what each would cost until the
    target, and runs the cheapest. Where none is going to reach the target it waits, at no cost, for the next draw. The
    mean is exact: the least of independent draws, each from few values.

    It is no bound for policies that stop early: a run that is stopped in time, and another draw, may be cheaper than
    the best of one draw each.

    Parameters
    ----------
    table
        What was recorded about a job on one GPU.
    eta
        Energy–time knob η.

    Returns
    -------
    float
        Cost [J]; the mean over slices for a job that drifts. Infinite if nothing reaches the target in some slice.
    """
    best = expected_cost(table, eta=eta).argmin(axis=1)
    cost = energy_time_cost(table.epoch_energy_j, table.epoch_time_s, eta=eta, max_power_w=table.max_power_w)
    reached = table.target_epoch <= table.job.max_epochs
    cost = np.where(reached, table.target_epoch * cost, np.inf)
    of_slices = []
    for first, count in zip(table.path_first, table.path_count, strict=True):
        cells = zip(first[np.arange(len(best)), best], count[np.arange(len(best)), best], strict=True)
        of_slices.append(_mean_of_least([np.sort(cost[at : at + n]) for at, n in cells if n]))
    return float(np.mean(of_slices))


def _mean_of_least(choices: list[np.ndarray]) -> float:
    """Mean of the least of independent draws, one from each array; given that it is finite."""
    values = np.unique(np.concatenate([[], *choices]))
    values = values[np.isfinite(values)]
    if not len(values):
        return float("inf")
    # The least exceeds a value if every draw does.
    exceeds = np.prod([1 - np.searchsorted(each, values, side="right") / len(each) for each in choices], axis=0)
    chance = -np.diff(exceeds, prepend=1.0)
    return float(values @ chance / chance.sum())
