"""What a configuration costs on average until the target is reached: the yardstick of oracles and of regret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.cost import energy_time_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.trace.table import JobTable

    Floats = NDArray[np.float64]

__all__ = ["attempt_cost", "expected_cost", "expected_energy_time", "expected_of_slices"]


def expected_energy_time(table: JobTable) -> tuple[Floats, Floats]:
    """Energy and time until the target is reached, if a configuration is tried again until it is.

    An attempt draws one of the recorded paths, each as likely, and lasts until the target, or max_epochs epochs if it
    is not reached by then. Attempts are independent, so the expectation is an attempt's mean over the share of
    attempts that reach the target (Wald's equation). Neither early stopping nor profiling is counted.

    Parameters
    ----------
    table
        What was recorded about a job on one GPU.

    Returns
    -------
    tuple of numpy.ndarray
        Energy [J] and time [s], each of shape (n_sizes, n_limits); the mean over slices for a job that drifts.
        Infinite where nothing was recorded, or the target is never reached, be it in one slice only.
    """
    energy, time = expected_of_slices(table)
    return energy.mean(axis=0), time.mean(axis=0)


def expected_of_slices(table: JobTable) -> tuple[Floats, Floats]:
    """Energy and time until the target is reached in each slice of a job that drifts; see `expected_energy_time`.

    Parameters
    ----------
    table
        What was recorded about a job on one GPU.

    Returns
    -------
    tuple of numpy.ndarray
        Energy [J] and time [s], each of shape (n_slices, n_sizes, n_limits); one slice for a job that does not drift.
        Infinite where nothing was recorded, or the target is never reached.
    """
    energy, time, share = _attempts(table)
    return _over(energy, share), _over(time, share)


def expected_cost(table: JobTable, *, eta: float) -> Floats:
    """Energy–time cost until the target is reached; see `expected_energy_time`.

    Parameters
    ----------
    table
        What was recorded about a job on one GPU.
    eta
        Energy–time knob η.

    Returns
    -------
    numpy.ndarray
        Cost [J], shape (n_sizes, n_limits).
    """
    return _cost(table, *expected_energy_time(table), eta=eta)


def attempt_cost(table: JobTable, *, eta: float) -> Floats:
    """Energy–time cost of one attempt, whether it reaches the target or not; see `expected_energy_time`.

    Parameters
    ----------
    table
        What was recorded about a job on one GPU.
    eta
        Energy–time knob η.

    Returns
    -------
    numpy.ndarray
        Cost [J], shape (n_sizes, n_limits); infinite where nothing was recorded.
    """
    energy, time, _ = _attempts(table)
    return _cost(table, energy.mean(axis=0), time.mean(axis=0), eta=eta)


def _attempts(table: JobTable) -> tuple[Floats, Floats, Floats]:
    """Mean energy and time of an attempt and share that reaches the target, shape (n_slices, n_sizes, n_limits)."""
    count = table.path_count
    cell = np.repeat(np.arange(count.size), count.ravel())
    reached = table.target_epoch <= table.job.max_epochs
    epochs = np.where(reached, table.target_epoch, table.job.max_epochs)

    def mean(of_path: Floats) -> Floats:
        total = np.bincount(cell, weights=of_path, minlength=count.size).astype(np.float64)
        return _over(total.reshape(count.shape), count.astype(np.float64))

    share = np.where(count > 0, mean(reached.astype(np.float64)), 0.0)
    return mean(epochs * table.epoch_energy_j), mean(epochs * table.epoch_time_s), share


def _over(amount: Floats, share: Floats) -> Floats:
    """Divide; infinite where the share is 0."""
    quotient = np.full(amount.shape, np.inf)
    np.divide(amount, share, out=quotient, where=share > 0)
    return quotient


def _cost(table: JobTable, energy: Floats, time: Floats, *, eta: float) -> Floats:
    finite = np.isfinite(energy)  # otherwise 0 · infinity at the ends of η is no number
    energy, time = np.where(finite, energy, 0.0), np.where(finite, time, 0.0)
    cost = energy_time_cost(energy, time, eta=eta, max_power_w=table.max_power_w)
    return np.where(finite, cost, np.inf)
