"""What a job could have cost: each recorded configuration in the time–energy plane, and the front of the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.trace.expected import expected_energy_time

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simulator.trace.table import JobTable

__all__ = ["configurations", "on_front"]


def configurations(table: JobTable) -> pd.DataFrame:
    """Price each recorded configuration, tried again until it reaches the target.

    Parameters
    ----------
    table
        What was recorded about the job.

    Returns
    -------
    pandas.DataFrame
        One row for each batch size and power limit that can reach the target: batch_size, power_limit_w [W],
        energy_j [J] and time_s [s] (see `simulator.trace.expected.expected_energy_time`), on_front.
    """
    energy, time = expected_energy_time(table)
    size, limit = np.nonzero(np.isfinite(energy))
    energy, time = energy[size, limit], time[size, limit]
    return pd.DataFrame(
        {
            "batch_size": table.batch_sizes[size],
            "power_limit_w": table.power_limits_w[limit],
            "energy_j": energy,
            "time_s": time,
            "on_front": on_front(energy, time),
        }
    )


def on_front(energy_j: ArrayLike, time_s: ArrayLike) -> NDArray[np.bool_]:
    """Find the points that no other point beats in both energy and time: the Pareto front.

    Parameters
    ----------
    energy_j
        Energy [J], shape (n_points,).
    time_s
        Time [s], shape (n_points,).

    Returns
    -------
    numpy.ndarray
        Whether each point is on the front, shape (n_points,). Of equal points, all are.

    Examples
    --------
    >>> on_front([3.0, 2.0, 1.0, 2.5], [1.0, 2.0, 3.0, 2.5]).tolist()
    [True, True, True, False]
    """
    energy, time = np.asarray(energy_j, float), np.asarray(time_s, float)
    no_worse = (energy <= energy[:, None]) & (time <= time[:, None])
    better = (energy < energy[:, None]) | (time < time[:, None])
    return np.asarray(~(no_worse & better).any(axis=1), bool)
