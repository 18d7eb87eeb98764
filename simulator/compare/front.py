"""What a job could have cost: each recorded configuration in the time–energy plane, and the front of the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.compare.places import list_places, origins
from simulator.cost import check_knobs, energy_time_cost
from simulator.trace.expected import expected_energy_time, expected_of_slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from simulator.job import Job
    from simulator.trace.table import JobTable
    from simulator.trace.traces import Traces

__all__ = ["configurations", "every_configuration", "on_front"]


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
    return _table(table, *expected_energy_time(table))


def every_configuration(
    jobs: Job | Iterable[Job] | None,
    traces: Traces | str | PathLike[str] | Sequence[Traces],
    *,
    eta: float = 0.5,
) -> pd.DataFrame:
    """Price each recorded configuration of several jobs on several GPUs, in each slice of those that drift.

    Parameters
    ----------
    jobs, traces
        As `simulator.compare` takes them: None means the jobs that traces come with, a directory all of its GPUs.
    eta
        Energy–time knob η of the cost.

    Returns
    -------
    pandas.DataFrame
        The columns of `configurations` after job and gpu, and cost [J] before on_front. If any job drifts, slice comes
        before batch_size, and on_front is about the slice; of a job that does not drift it is missing.

    Raises
    ------
    ReplayError
        If η is impossible, or there is no job on no GPU.
    NotInTraceError
        If the traces do not hold a job.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> list(every_configuration(traces.jobs[0], traces).columns)
    ['job', 'gpu', 'batch_size', 'power_limit_w', 'energy_j', 'time_s', 'cost', 'on_front']
    """
    eta, _ = check_knobs(eta=eta, beta=2.0)
    parts = []
    places = list_places(jobs, traces)
    for job, of_gpu in places:
        table = of_gpu.table(job)
        slices = table.slices.tolist() if len(table.slices) > 1 else [None]
        for at, energy, time in zip(slices, *expected_of_slices(table), strict=True):
            part = _table(table, energy, time)
            cost = energy_time_cost(
                part["energy_j"].to_numpy(), part["time_s"].to_numpy(), eta=eta, max_power_w=table.max_power_w
            )
            part.insert(4, "cost", cost)
            part.insert(0, "slice", pd.Series([at] * len(part), dtype="Int64"))
            part.insert(0, "gpu", of_gpu.gpu)
            part.insert(0, "job", str(job))
            parts.append(part)
    found = pd.concat(parts, ignore_index=True)
    found = found if found["slice"].notna().any() else found.drop(columns="slice")
    found.attrs = origins(places)
    return found


def _table(table: JobTable, energy: NDArray[np.float64], time: NDArray[np.float64]) -> pd.DataFrame:
    """List the configurations whose energy and time, shape (n_sizes, n_limits), are finite."""
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
