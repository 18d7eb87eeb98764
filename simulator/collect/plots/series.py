"""From samples to powers over time, of all GPUs of a run together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.collect.energy.readings import readings_of
from simulator.collect.energy.updates import locate, updates_of
from simulator.errors import SampleError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulator.collect.energy.readings import Readings

__all__ = ["Series", "enforced_limit", "first_ns", "series_of"]

#: Points that an eye, or a file, has room for.
MOST_POINTS = 900

#: Where nothing was read for longer than this, lines are broken [s].
GAP_S = 1.0

#: Updates of the counter that are placed together: few enough for its period not to drift.
_TOGETHER = 40


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


def first_ns(samples: pd.DataFrame) -> int:
    """Tell when the first sample was taken, on the monotonic clock [ns].

    Raises
    ------
    SampleError
        If there is none.
    """
    if not len(samples) or "before_ns" not in samples:
        raise SampleError("there are no samples to draw; `simulator.collect.read_samples` reads those of a run")
    return int(samples["before_ns"].min())


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
        At most 900 points, and one for each gap. The readings of one moment are those of the first GPU's reading and
        each other's last one.

    Raises
    ------
    SampleError
        If columns are missing.
    """
    begin_ns, readings = readings_of(samples)
    gpus = [_Gpu(of_gpu, (begin_ns - zero_ns) / 1e9) for _, of_gpu in sorted(readings.items())]
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
    """Powers of one GPU; its readings' times lie so much later [s] than the picture's."""

    def __init__(self, readings: Readings, later_s: float) -> None:
        self.time_s = (readings.before_s + readings.after_s) / 2 + later_s
        self.late_s = self.time_s - _half_a_period(self.time_s)  # GPUs are read one after the other
        self.instant_w, self.average_w = readings.instant_w, readings.average_w
        self.counter_w = _per_update(readings)


def _half_a_period(time_s: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(time_s))) / 2 if len(time_s) > 1 else 0.0


def _per_update(readings: Readings) -> NDArray[np.float64]:
    """Mean power between two updates of the counter [W], at each reading; NaN where it is not known.

    An update is seen at the next reading only; energy's own method places it better, so that power does not seem to
    jump.
    """
    power_w = np.full(len(readings.before_s), np.nan)
    updates = updates_of(readings, None, np.inf)
    if updates is None or len(updates.energy_j) < 2:
        return power_w
    parts = [slice(start, start + _TOGETHER) for start in range(0, len(updates.energy_j), _TOGETHER)]
    at_s = np.concatenate([locate(updates, part).time_s for part in parts])
    long_s, added_j = np.diff(at_s), np.diff(updates.energy_j)
    known = (added_j >= 0) & (long_s > 0) & (long_s <= GAP_S)
    known[1:] &= long_s[:-1] <= GAP_S  # nothing tells when the first update after a gap was
    mean_w = np.divide(added_j, long_s, out=np.full(len(long_s), np.nan), where=known)
    update = np.searchsorted(at_s, (readings.before_s + readings.after_s) / 2, side="right") - 1
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
    limits_w = [rows["enforced_limit_mw"].to_numpy(np.float64, na_value=np.nan)[:reads] / 1e3 for rows in of_gpus]
    return (of_gpus[0]["mono_ns"].to_numpy(np.int64)[:reads] - zero_ns) / 1e9, np.sum(limits_w, axis=0)
