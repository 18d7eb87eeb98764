"""The recorded samples of one GPU as arrays in seconds, joules and watts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.errors import SampleError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["NEEDED", "NOTHING_READ", "Readings", "readings_of"]

#: Columns of the samples that energy is computed from.
NEEDED = ("gpu", "before_ns", "after_ns", "power_instant_mw", "power_average_mw", "energy_mj")


class Readings(NamedTuple):
    """What was read from one GPU, in the order of time, shape (n_reads,) each.

    Parameters
    ----------
    before_s, after_s
        When the call began and ended, since the first sample [s].
    energy_j
        The energy counter [J]; NaN where it was refused.
    instant_w, average_w
        Instantaneous power and its 1 s mean [W]; NaN where refused.
    """

    before_s: NDArray[np.float64]
    after_s: NDArray[np.float64]
    energy_j: NDArray[np.float64]
    instant_w: NDArray[np.float64]
    average_w: NDArray[np.float64]


#: Of a GPU that has no samples.
NOTHING_READ = Readings(*(np.empty(0) for _ in Readings._fields))


def readings_of(samples: pd.DataFrame) -> tuple[int, dict[int, Readings]]:
    """Take the samples of each GPU apart.

    A power or a counter of exactly 0 is a failed reading: some drivers answer so when they are asked often, and no GPU
    that answers draws nothing.

    Parameters
    ----------
    samples
        Fast samples of any number of GPUs.

    Returns
    -------
    int
        The moment that counts as 0 s, that of the first sample, in CLOCK_MONOTONIC [ns].
    dict of int to Readings
        By position of the GPU.

    Raises
    ------
    SampleError
        If columns are missing, or times are.
    """
    missing = [name for name in NEEDED if name not in samples.columns]
    if missing:
        raise SampleError(f"samples lack {', '.join(missing)}; energy needs the columns {', '.join(NEEDED)}")
    if samples[["gpu", "before_ns", "after_ns"]].isna().any(axis=None):
        raise SampleError("samples without a time or a GPU: every row needs gpu, before_ns and after_ns")
    zero_ns = int(samples["before_ns"].min())
    readings: dict[int, Readings] = {}
    of_gpu = samples["gpu"].to_numpy(np.int64)
    for gpu in np.unique(of_gpu):
        ordered = samples[of_gpu == gpu].sort_values("before_ns", kind="stable")
        readings[int(gpu)] = Readings(
            before_s=_seconds(ordered["before_ns"], zero_ns),
            after_s=_seconds(ordered["after_ns"], zero_ns),
            energy_j=_values(ordered["energy_mj"]),
            instant_w=_values(ordered["power_instant_mw"]),
            average_w=_values(ordered["power_average_mw"]),
        )
    return zero_ns, readings


def _seconds(column: pd.Series, zero_ns: int) -> NDArray[np.float64]:
    """Subtract in whole nanoseconds first: days of uptime leave a float too few digits."""
    since: NDArray[np.int64] = column.to_numpy(np.int64) - zero_ns
    return since / 1e9


def _values(column: pd.Series) -> NDArray[np.float64]:
    """Turn thousandths into units, and nulls and impossible values into NaN."""
    values = column.to_numpy(np.float64, na_value=np.nan) / 1e3
    return np.where(values > 0, values, np.nan)
