"""The dense arrays of one job on one GPU: everything a replay needs, without a DataFrame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.join import feasible_batch_sizes
from simulator.trace.validate.absence import absences

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulator.job import Job

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["JobTable"]


@dataclass(frozen=True, eq=False, kw_only=True)
class JobTable:
    """What was recorded about one job on one GPU.

    Made once from the joined trace (`JobTable.from_frame`), never changed: all arrays are read-only. A *cell* is a
    slice, a batch size and a power limit; a *path* is one recorded training run at a cell. Paths lie one cell
    behind the other, within a cell in the order of the trace, since a random draw names a path by its position.

    Parameters
    ----------
    job
        The job.
    max_power_w
        MAXPOWER [W]: the largest power limit in the whole trace, of whatever job.
    batch_sizes
        Feasible batch sizes, ascending, shape (n_sizes,): those with rows for the job's workload, whatever the
        target metric.
    power_limits_w
        Power limits of the job's rows [W], ascending, shape (n_limits,).
    slices
        Data slices that recurrences run through, ascending, shape (n_slices,); a single 0 where the job does not
        drift.
    path_first, path_count
        Position of a cell's first path, and how many it has (0: nothing recorded), shape (n_slices, n_sizes,
        n_limits).
    target_epoch
        Epochs until the target, NaN if it was never reached, shape (n_paths,).
    epoch_energy_j, epoch_time_s
        Energy [J] and time [s] of one epoch, shape (n_paths,).
    profile_power_w, profile_time_s
        Mean average power [W] and mean time of an epoch [s] of a cell, NaN where nothing was recorded, shape
        (n_slices, n_sizes, n_limits). They are what power profiling sees.
    profile_epoch_energy_j, profile_epoch_time_s
        Energy [J] and time [s] of an epoch split evenly over a batch size's limits: the plain mean over all rows
        of the batch size, shape (n_slices, n_sizes).
    """

    job: Job
    max_power_w: int
    batch_sizes: Integers
    power_limits_w: Integers
    slices: Integers
    path_first: Integers
    path_count: Integers
    target_epoch: Floats
    epoch_energy_j: Floats
    epoch_time_s: Floats
    profile_power_w: Floats
    profile_time_s: Floats
    profile_epoch_energy_j: Floats
    profile_epoch_time_s: Floats

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):  # over bytes, an array cannot even be made writable again
                frozen = np.frombuffer(value.tobytes(), dtype=value.dtype).reshape(value.shape)
                object.__setattr__(self, item.name, frozen)

    def __deepcopy__(self, memo: dict[int, Any]) -> JobTable:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return _restored, (values,)

    @classmethod
    def from_frame(cls, job: Job, joined: pd.DataFrame) -> JobTable:
        """Make the table of a job from a joined trace.

        Parameters
        ----------
        job
            The job.
        joined
            Train and power trace, joined by `simulator.trace.join.join`.

        Returns
        -------
        JobTable
            The job's table.

        Raises
        ------
        NotInTraceError
            If the trace has no row of the job.
        """
        rows = job.filter_df(joined)
        sizes = feasible_batch_sizes(job, joined)
        if rows.empty:
            raise NotInTraceError(_why_empty(job, joined))
        if "slice" not in rows.columns:
            rows = rows.assign(slice=0)
        limits = np.unique(rows["power_limit"].to_numpy(np.int64))
        slices = np.unique(rows["slice"].to_numpy(np.int64))
        _check_epochs(job, rows)
        shape = (len(slices), len(sizes), len(limits))

        size_cell = np.searchsorted(sizes, rows["batch_size"].to_numpy())
        slice_cell = np.searchsorted(slices, rows["slice"].to_numpy())
        cell = np.ravel_multi_index(
            (slice_cell, size_cell, np.searchsorted(limits, rows["power_limit"].to_numpy())), shape
        )
        order = np.argsort(cell, kind="stable")
        count = np.bincount(cell, minlength=np.prod(shape)).astype(np.int64)
        first = np.concatenate(([0], np.cumsum(count)[:-1])).astype(np.int64)

        # pandas' own group and column means: they sum in ways of their own, and the last bit counts.
        by_cell = rows.groupby(cell)[["average_power", "time_per_epoch"]].mean()
        power, time = np.full((2, np.prod(shape)), np.nan)
        power[by_cell.index] = by_cell["average_power"]
        time[by_cell.index] = by_cell["time_per_epoch"]
        epoch_energy, epoch_time = np.full((2, *shape[:2]), np.nan)
        for at in set(zip(slice_cell.tolist(), size_cell.tolist(), strict=True)):
            of_size = rows.loc[(slice_cell == at[0]) & (size_cell == at[1])]
            epoch_energy[at] = of_size["energy_per_epoch"].mean()
            epoch_time[at] = of_size["time_per_epoch"].mean()

        return cls(
            job=job,
            max_power_w=int(joined["power_limit"].max()),
            batch_sizes=sizes,
            power_limits_w=limits,
            slices=slices,
            path_first=first.reshape(shape),
            path_count=count.reshape(shape),
            target_epoch=rows["target_epoch"].to_numpy(np.float64)[order],
            epoch_energy_j=rows["energy_per_epoch"].to_numpy(np.float64)[order],
            epoch_time_s=rows["time_per_epoch"].to_numpy(np.float64)[order],
            profile_power_w=power.reshape(shape),
            profile_time_s=time.reshape(shape),
            profile_epoch_energy_j=epoch_energy,
            profile_epoch_time_s=epoch_time,
        )

    def limits_of(self, size: int, *, at_slice: int = 0) -> list[int]:
        """Power limits recorded at a batch size.

        Parameters
        ----------
        size
            Position in ``batch_sizes``.
        at_slice
            Position in ``slices``.

        Returns
        -------
        list of int
            Power limits [W], ascending.
        """
        return [int(w) for w in self.power_limits_w[self.path_count[at_slice, size] > 0]]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the job's description and all arrays: equal tables have equal hashes."""
        digest = hashlib.sha256(repr([getattr(self.job, f.name) for f in fields(self.job) if f.compare]).encode())
        for item in fields(self)[1:]:
            value = getattr(self, item.name)
            digest.update(item.name.encode())
            digest.update(_bytes(value) if isinstance(value, np.ndarray) else repr(value).encode())
        return digest.hexdigest()


def _restored(values: dict[str, Any]) -> JobTable:
    """Make a table of what a pickle holds: read-only again."""
    return JobTable(**values)


def _check_epochs(job: Job, rows: pd.DataFrame) -> None:
    """Refuse epochs without time or power: a run made of them could last forever at no cost."""
    for column in ("time_per_epoch", "average_power"):
        wrong = rows.loc[~(rows[column] > 0)]
        if not wrong.empty:
            first = wrong.iloc[0]
            raise TraceError(
                f"{column} must be above 0, but is {first[column]} in {len(wrong)} of {len(rows)} rows of {job}, first "
                f"at batch size {first['batch_size']} and {first['power_limit']} W; mend the power trace"
            )


def _bytes(array: NDArray[np.generic]) -> bytes:
    return repr((array.dtype.str, array.shape)).encode() + np.ascontiguousarray(array).tobytes()


def _why_empty(job: Job, joined: pd.DataFrame) -> str:
    """Name each of the job's keys that no row has, and what exists instead."""
    if joined.empty:
        return f"nothing is known about {job}: train and power trace have no row in common"
    keys = ("dataset", "network", "optimizer", "target_metric")
    reasons = absences(joined, {key: getattr(job, key) for key in keys})
    return f"nothing is known about {job}: " + "; ".join(f"{key}: {reason}" for key, reason in reasons.items())
