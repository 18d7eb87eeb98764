"""From samples to powers over time, of all GPUs of a run together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import SampleError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Series", "enforced_limit", "series_of"]

#: Points that an eye, or a file, has room for.
MOST_POINTS = 1500

#: Where nothing was read for longer than this, lines are broken [s].
GAP_S = 1.0

_NEEDED = ("gpu", "before_ns", "after_ns", "power_instant_mw", "power_average_mw", "energy_mj")


@dataclass(frozen=True)
class Series:
    """Powers of a run's GPUs together; NaN where any of them could not be read, and in a gap.

    Parameters
    ----------
    time_s
        When [s], shape (n_points,).
    instant_w, average_w, counter_w
        Instantaneous power, mean of the last second, and what the energy counter added per update [W], shape
        (n_points,).
    low_w, high_w
        Least and largest instantaneous power within each point [W], shape (n_points,); equal to it where each point
        is one reading.
    bin_s
        How long a point lasts if it pools several readings [s]; 0 if it is one.
    """

    time_s: NDArray[np.float64]
    instant_w: NDArray[np.float64]
    average_w: NDArray[np.float64]
    counter_w: NDArray[np.float64]
    low_w: NDArray[np.float64]
    high_w: NDArray[np.float64]
    bin_s: float = 0.0


def series_of(samples: pd.DataFrame, zero_ns: int) -> Series:
    """Add up the GPUs of a run, and pool readings where they are more than can be drawn.

    Parameters
    ----------
    samples
        Fast samples.
    zero_ns
        The moment that counts as 0 s, on the monotonic clock [ns].

    Returns
    -------
    Series
        At most 1500 points, and one for each gap. The readings of one moment are those of the first GPU's reading and
        each other's last one.

    Raises
    ------
    SampleError
        If there are no samples, or columns are missing.
    """
    missing = [name for name in _NEEDED if name not in samples.columns]
    if missing or not len(samples):
        raise SampleError(f"samples lack {', '.join(missing)}" if missing else "there are no samples to draw")
    gpus = [_Gpu(rows, zero_ns) for _, rows in samples.groupby("gpu", sort=True)]
    time_s = gpus[0].time_s
    places = [np.maximum(np.searchsorted(gpu.late_s, time_s, side="right") - 1, 0) for gpu in gpus]
    total = Series(
        time_s,
        instant := np.sum([gpu.instant_w[at] for gpu, at in zip(gpus, places, strict=True)], axis=0),
        np.sum([gpu.average_w[at] for gpu, at in zip(gpus, places, strict=True)], axis=0),
        np.sum([gpu.counter_w[at] for gpu, at in zip(gpus, places, strict=True)], axis=0),
        instant,
        instant,
    )
    return _broken(_pooled(total) if len(time_s) > MOST_POINTS else total)


class _Gpu:
    """Readings of one GPU in the order of time."""

    def __init__(self, rows: pd.DataFrame, zero_ns: int) -> None:
        rows = rows.sort_values("before_ns", kind="stable")
        middle_ns = (rows["before_ns"].to_numpy(np.int64) + rows["after_ns"].to_numpy(np.int64)) // 2
        self.time_s: NDArray[np.float64] = (middle_ns - zero_ns) / 1e9
        self.late_s = self.time_s - _half_a_period(self.time_s)  # GPUs are read one after the other
        self.instant_w = _watts(rows["power_instant_mw"])
        self.average_w = _watts(rows["power_average_mw"])
        self.counter_w = _per_update(self.time_s, _watts(rows["energy_mj"]))


def _half_a_period(time_s: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(time_s))) / 2 if len(time_s) > 1 else 0.0


def _watts(column: pd.Series) -> NDArray[np.float64]:
    """Turn thousandths into units; 0 is what some drivers answer instead of a reading."""
    values = column.to_numpy(np.float64, na_value=np.nan) / 1e3
    return np.where(values > 0, values, np.nan)


def _per_update(time_s: NDArray[np.float64], energy_j: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean power between updates of the counter [W], at each reading; NaN where updates are missing or it went down."""
    power_w = np.full(len(time_s), np.nan)
    read = np.flatnonzero(~np.isnan(energy_j))
    if len(read) == 0:
        return power_w
    new = read[np.flatnonzero(np.diff(energy_j[read], prepend=np.nan) != 0)][1:]  # the first reading is no update
    if len(new) < 2:
        return power_w
    long_s = np.diff(time_s[new])
    mean_w = np.diff(energy_j[new]) / long_s
    mean_w[(mean_w < 0) | (long_s > GAP_S)] = np.nan
    update = np.searchsorted(new, np.arange(len(time_s)), side="left") - 1  # which update a reading comes after
    inside = (update >= 0) & (update < len(mean_w))
    power_w[inside] = mean_w[update[inside]]
    return power_w


def _pooled(series: Series) -> Series:
    """Pool readings into bins of equal length; empty ones are left out."""
    import pandas as pd

    first_s, last_s = series.time_s[0], series.time_s[-1]
    bin_s = max((last_s - first_s) / MOST_POINTS, 1e-9)
    table = pd.DataFrame({name: getattr(series, name) for name in ("instant_w", "average_w", "counter_w")})
    bins = table.groupby(np.minimum(((series.time_s - first_s) / bin_s).astype(int), MOST_POINTS - 1))
    mean = bins.mean()
    return Series(
        first_s + (mean.index.to_numpy(float) + 0.5) * bin_s,
        mean["instant_w"].to_numpy(),
        mean["average_w"].to_numpy(),
        mean["counter_w"].to_numpy(),
        bins["instant_w"].min().to_numpy(),
        bins["instant_w"].max().to_numpy(),
        bin_s,
    )


def _broken(series: Series) -> Series:
    """Put a point without values into each gap."""
    longest_s = max(GAP_S, 2.5 * series.bin_s)
    gaps = np.flatnonzero(np.diff(series.time_s) > longest_s)
    values = {
        name: np.insert(getattr(series, name), gaps + 1, np.nan)
        for name in ("instant_w", "average_w", "counter_w", "low_w", "high_w")
    }
    middle_s = (series.time_s[gaps] + series.time_s[gaps + 1]) / 2
    return Series(time_s=np.insert(series.time_s, gaps + 1, middle_s), bin_s=series.bin_s, **values)


def enforced_limit(slow: pd.DataFrame, zero_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tell the power limit that held over time, of all GPUs together.

    Parameters
    ----------
    slow
        Slow samples.
    zero_ns
        The moment that counts as 0 s, on the monotonic clock [ns].

    Returns
    -------
    time_s : numpy.ndarray
        When it was read [s], shape (n_reads,).
    limit_w : numpy.ndarray
        The limit [W], shape (n_reads,); NaN where a GPU did not tell.
    """
    of_gpus = [rows.sort_values("mono_ns", kind="stable") for _, rows in slow.groupby("gpu", sort=True)]
    if not of_gpus:
        return np.empty(0), np.empty(0)
    reads = min(map(len, of_gpus))
    limits_w = [_watts(rows["enforced_limit_mw"])[:reads] for rows in of_gpus]
    return (of_gpus[0]["mono_ns"].to_numpy(np.int64)[:reads] - zero_ns) / 1e9, np.sum(limits_w, axis=0)
