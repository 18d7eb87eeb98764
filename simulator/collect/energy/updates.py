"""When the energy counter was updated, as well as reads that come now and then can tell.

A new value says that the counter was updated after the read before, and at most one update period ago. Updates come
regularly, and the reads rarely keep step with them: a line through the neighbours places an update better than its own
bracket does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.collect.energy.readings import Readings

__all__ = ["Located", "Updates", "between_resets", "locate", "typical_interval_s", "updates_of"]

#: A bracket is at most so many update periods long: an update that is somewhat late must not fall out of it.
_SLACK = 1.1

#: A period is never more regular than this share of it, for all that can be seen.
_IRREGULAR = 0.01

#: Updates that are so many usual intervals apart have others between them that were not seen.
_MISSED = 2.6

#: Brackets of almost a period hide how many updates lie between them: no line goes through their middles.
_COARSE = 0.9

#: What a counter may add, as a multiple of the highest limit: boards exceed their limit for moments.
_JUMP = 1.5


class Updates(NamedTuple):
    """Updates of a GPU's energy counter, shape (n_updates,) each.

    Parameters
    ----------
    low_s, high_s
        The update happened between the two [s].
    energy_j
        The counter since then [J].
    period_s
        How often it updates [s].
    resets_s
        When the counter went down or jumped [s], shape (n_resets,).
    """

    low_s: NDArray[np.float64]
    high_s: NDArray[np.float64]
    energy_j: NDArray[np.float64]
    period_s: float
    resets_s: NDArray[np.float64]


class Located(NamedTuple):
    """Estimated instants of neighbouring updates.

    Parameters
    ----------
    time_s
        Estimates, shape (n_updates,) [s].
    error_s
        Standard deviation of their error [s].
    """

    time_s: NDArray[np.float64]
    error_s: float


def typical_interval_s(times_s: NDArray[np.float64], values: NDArray[np.float64]) -> float | None:
    """Find the mean time between changes of a value [s], gaps left out; None if it changes less than twice."""
    known = np.isfinite(values)
    times_s, values = times_s[known], values[known]
    return _mean_interval_s(times_s[1:][np.diff(values) != 0])


def _mean_interval_s(times_s: NDArray[np.float64]) -> float | None:
    """Average: intervals between changes are whole numbers of reads, only their mean is as fine as the updates."""
    intervals = np.diff(times_s)
    if not len(intervals):
        return None
    return float(np.mean(intervals[intervals <= _MISSED * np.median(intervals)]))


def updates_of(readings: Readings, period_s: float | None, max_power_w: float) -> Updates | None:
    """Find the updates of the energy counter among the reads.

    Parameters
    ----------
    readings
        What was read from one GPU.
    period_s
        How often the counter updates [s]; None: as often as it is seen to change.
    max_power_w
        The most the GPU may draw [W]; a counter that adds more than 1.5 times of that has jumped.

    Returns
    -------
    Updates or None
        None if the counter never changed: there is none, or it stands still.
    """
    known = np.isfinite(readings.energy_j)
    before, after, energy = readings.before_s[known], readings.after_s[known], readings.energy_j[known]
    if period_s is None:
        period_s = typical_interval_s(before, energy)
    if period_s is None or period_s <= 0:
        return None
    change = np.flatnonzero(np.diff(energy) != 0) + 1
    if not len(change):
        return None
    high = after[change]
    # the value is from some moment of the call, which may last longer than a period: count back from its beginning
    low = np.maximum(before[change - 1], before[change] - _SLACK * period_s)
    values = energy[change]
    step = values - energy[change - 1]
    since = np.diff(high, prepend=high[:1] - period_s) + period_s
    reset = (step < 0) | (step > _JUMP * max_power_w * since)
    return Updates(low, high, values, period_s, high[reset])


def between_resets(updates: Updates, start_s: float, end_s: float) -> Updates | None:
    """Keep the updates since the last reset before a window, up to the first after it.

    Parameters
    ----------
    updates
        All updates.
    start_s, end_s
        The window [s].

    Returns
    -------
    Updates or None
        None if the counter was reset inside the window, or within an update of it.
    """
    if not len(updates.resets_s):
        return updates
    first, after = np.searchsorted(updates.resets_s, [start_s - updates.period_s, end_s + 2 * updates.period_s])
    if first < after:
        return None
    begin = int(np.searchsorted(updates.high_s, updates.resets_s[first - 1])) if first else 0
    end = int(np.searchsorted(updates.high_s, updates.resets_s[after])) if after < len(updates.resets_s) else None
    part = slice(begin, end)
    return updates._replace(low_s=updates.low_s[part], high_s=updates.high_s[part], energy_j=updates.energy_j[part])


def locate(updates: Updates, part: slice) -> Located:
    """Estimate the instants of neighbouring updates.

    Parameters
    ----------
    updates
        All updates.
    part
        Which of them; a few seconds, over which the period does not drift.

    Returns
    -------
    Located
        A line through the middles of the brackets, and each bracket's own middle, weighted by how regular the updates
        prove to be; never outside the bracket. What the brackets have in common cannot be seen (they may all be late
        by as much, if reads keep step with updates) and stays in the error.
    """
    low, high, period = updates.low_s[part], updates.high_s[part], updates.period_s
    middle = (low + high) / 2
    own = (high - low) ** 2 / 12  # a bracket says no more than: somewhere inside
    if len(middle) < 4 or np.mean(high - low) > _COARSE * period:
        return Located(middle, float(np.sqrt(own.max(initial=0.0))))
    cycles = (middle - middle[0]) / (_mean_interval_s(middle) or period)
    number = np.round(cycles - np.angle(np.mean(np.exp(2j * np.pi * cycles))) / (2 * np.pi))
    weight = 1 / (own + (_IRREGULAR * period) ** 2)
    total = weight.sum()
    centre, mean = (weight * number).sum() / total, (weight * middle).sum() / total
    spread = number - centre
    line = mean + (weight * spread * (middle - mean)).sum() / (weight * spread**2).sum() * spread
    typical = float((weight * own).sum() / total)
    off = middle - line
    seen = float((weight * off**2).sum() / total)
    independent = 1 + np.count_nonzero(np.diff(np.sign(off)))  # brackets that drift slowly err together
    irregular = max(0.0, seen - typical) + (_IRREGULAR * period) ** 2
    gain = irregular / (irregular + own)
    common = max(0.0, typical - seen)
    error = np.sqrt(common + typical * irregular / (typical + irregular) + min(seen, typical) / independent)
    return Located(np.maximum.accumulate(np.clip(line + gain * off, low, high)), float(error))
