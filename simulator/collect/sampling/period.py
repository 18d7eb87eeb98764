"""How often a sensor brings a new value, found from when its value was seen to change."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["SENSORS", "Periods", "change_period_ns", "periods"]

#: Column of each sensor that is probed.
SENSORS = {"energy": "energy_mj", "instant": "power_instant_mw", "average": "power_average_mw"}

#: Fewer intervals between changes than this tell nothing.
FEWEST_INTERVALS = 3

#: How often the mean is refined; the number of updates in each interval settles after one or two.
ROUNDS = 3


@dataclass(frozen=True)
class Periods:
    """Update periods of one GPU's sensors [ms]; None: the value did not change, or was read too rarely to tell.

    Parameters
    ----------
    energy_period_ms
        Of the energy counter.
    instant_period_ms
        Of the instantaneous power.
    average_period_ms
        Of the mean power of the last second.
    """

    energy_period_ms: float | None
    instant_period_ms: float | None
    average_period_ms: float | None


def change_period_ns(times_ns: Sequence[int], values: Sequence[int]) -> float | None:
    """Estimate the update period of a sensor from repeated readings.

    The median interval between changes says about how long a period is. It is refined by the mean: every interval
    counts for as many periods as fit into it, because a value that happens to repeat hides an update. Intervals that
    are not alike are those of the load, and not of the sensor.

    Parameters
    ----------
    times_ns
        When each reading was made [ns].
    values
        What was read. Leave out failed readings, and zeros, which are none.

    Returns
    -------
    float or None
        The period [ns]; None if the value changed fewer than four times, or at nearly every reading, so that the
        sensor may be any faster, or at no regular intervals.

    Examples
    --------
    Read every millisecond, and new every twenty:

    >>> times_ns = range(0, 200_000_000, 1_000_000)
    >>> change_period_ns(times_ns, [time_ns // 20_000_000 for time_ns in times_ns])
    20000000.0
    >>> change_period_ns(times_ns, [250] * 200) is None
    True
    """
    changes_ns = [time_ns for time_ns, (old, new) in zip(times_ns[1:], pairwise(values), strict=True) if new != old]
    intervals_ns = [later - earlier for earlier, later in pairwise(changes_ns)]
    if len(intervals_ns) < FEWEST_INTERVALS:
        return None
    gap_ns = median(later - earlier for earlier, later in pairwise(times_ns))
    period_ns: float = median(intervals_ns)
    alike = sum(abs(interval_ns - period_ns) <= 0.25 * period_ns + gap_ns for interval_ns in intervals_ns)
    if period_ns < 1.5 * gap_ns or 2 * alike < len(intervals_ns):
        return None
    for _ in range(ROUNDS):
        updates = sum(max(1, round(interval_ns / period_ns)) for interval_ns in intervals_ns)
        period_ns = sum(intervals_ns) / updates
    return period_ns


def periods(samples: pd.DataFrame) -> tuple[Periods, ...]:
    """Estimate the update periods from recorded samples, such as those of a job under load.

    Readings every 50 ms tell periods from 75 ms on. Power that does not change, as that of an idle GPU, tells none.

    Parameters
    ----------
    samples
        Fast samples, as `read_samples` returns them.

    Returns
    -------
    tuple of Periods
        One per GPU, in the order of ``gpu``.
    """
    found = []
    for _, rows in samples.groupby("gpu", sort=True):
        middle_ns = (rows["before_ns"] + rows["after_ns"]) // 2
        by_sensor = {}
        for sensor, column in SENSORS.items():
            read = rows[column].fillna(0) != 0
            by_sensor[sensor] = _ms(change_period_ns(middle_ns[read].tolist(), rows.loc[read, column].tolist()))
        found.append(Periods(by_sensor["energy"], by_sensor["instant"], by_sensor["average"]))
    return tuple(found)


def _ms(period_ns: float | None) -> float | None:
    return None if period_ns is None else period_ns / 1e6
