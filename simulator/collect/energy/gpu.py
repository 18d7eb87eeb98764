"""Measures a window on one GPU: chooses the sensor, compares it with the others, and says what stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.collect.energy.alias import alias_risk
from simulator.collect.energy.counter import Estimate, counter_energy, updates_inside
from simulator.collect.energy.held import MEAN_WINDOW_S, held_energy, instant_energy
from simulator.collect.energy.swing import counter_swing, power_swing
from simulator.collect.energy.updates import Updates, between_resets, typical_interval_s, updates_of
from simulator.collect.energy.window import GpuWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.collect.energy.readings import Readings

__all__ = ["Gpu", "measure", "prepare"]

#: Longest time without a usable reading that a window may contain [s].
_GAP_S = 1.0

#: The 1 s mean is compared from this length of window on [s]: at the edges of shorter ones it is not the window's.
_MEAN_FROM_S = 20.0

#: Two sensors that differ by more disagree.
_DISAGREE = 0.03

#: An uncertainty above this share of the energy is flagged.
_UNCERTAIN = 0.005

#: A counter that made less than one of so many updates stands still.
_STILL = 10

#: How often a sensor is taken to update if it never changed [s].
_USUAL_PERIOD_S = 0.1


class Gpu(NamedTuple):
    """What is prepared once for all windows.

    Parameters
    ----------
    readings
        What was read.
    times_s
        When, shape (n_reads,) [s].
    updates
        Updates of the energy counter; None if it never changed.
    period_s
        How often sensors update [s].
    instant_is_mean
        Whether instantaneous power is the mean of a second in truth.
    """

    readings: Readings
    times_s: NDArray[np.float64]
    updates: Updates | None
    period_s: float
    instant_is_mean: bool


class _Counted(NamedTuple):
    estimate: Estimate | None
    n_updates: int
    flags: set[str]


def prepare(readings: Readings, period_s: float | None, max_power_w: float, *, instant_is_mean: bool = False) -> Gpu:
    """Find the counter's updates among what was read from a GPU.

    Parameters
    ----------
    readings
        What was read.
    period_s
        How often the energy counter updates [s]; None: as often as it is seen to change.
    max_power_w
        The most the GPU may draw [W].
    instant_is_mean
        Whether what was read as instantaneous power is the mean of a second.

    Returns
    -------
    Gpu
        Ready to be measured.
    """
    updates = updates_of(readings, period_s, max_power_w)
    seen = typical_interval_s(readings.before_s, readings.instant_w)
    period_s = period_s or (updates.period_s if updates else None) or seen or _USUAL_PERIOD_S
    return Gpu(readings, (readings.before_s + readings.after_s) / 2, updates, period_s, instant_is_mean)


def measure(
    number: int, gpu: Gpu, start_s: float, end_s: float, step_times_s: Sequence[float] | None = None
) -> GpuWindow:
    """Measure the energy of one GPU between two moments.

    Parameters
    ----------
    number
        Position of the GPU in the job's list.
    gpu
        The GPU.
    start_s, end_s
        The window [s].
    step_times_s
        Durations of iterations inside [s].

    Returns
    -------
    GpuWindow
        From the counter if it works, else from instantaneous power.
    """
    readings = gpu.readings
    counted = _count(gpu, start_s, end_s)
    instant = instant_energy(gpu.times_s, readings.instant_w, start_s, end_s, gpu.period_s, is_mean=gpu.instant_is_mean)
    average = None
    if end_s - start_s >= _MEAN_FROM_S:
        shift = MEAN_WINDOW_S / 2
        average = held_energy(gpu.times_s, readings.average_w, start_s + shift, end_s + shift)
    chosen = counted.estimate or instant
    flags = counted.flags | _judge(chosen, instant if counted.estimate else None, average)
    used = readings.energy_j if counted.estimate else readings.instant_w
    if _longest_gap_s(gpu.times_s[np.isfinite(used)], start_s, end_s) > _GAP_S:
        flags.add("gap")
    if step_times_s and alias_risk(
        step_times_s, gpu.period_s, window_s=end_s - start_s, swing=_swing(gpu, counted, start_s, end_s)
    ):
        flags.add("alias_risk")
    return GpuWindow(
        gpu=number,
        energy_j=chosen.energy_j if chosen else None,
        uncertainty_j=chosen.uncertainty_j if chosen else None,
        source="counter" if counted.estimate else "instant_hold" if chosen else None,
        instant_j=instant.energy_j if instant else None,
        average_j=average,
        updates=counted.n_updates,
        flags=tuple(sorted(flags)),
    )


def _count(gpu: Gpu, start_s: float, end_s: float) -> _Counted:
    """Use the counter, unless it was reset inside the window or stands still while others count."""
    known = gpu.times_s[np.isfinite(gpu.readings.energy_j)]
    reads = int(np.count_nonzero((known >= start_s) & (known <= end_s)))
    updates = gpu.updates
    if updates is None:
        return _Counted(None, 0, {"sensor_disagree"} if reads > _STILL else set())
    inside = updates_inside(updates, start_s, end_s)
    n_updates = inside.stop - inside.start
    flags = {"short"} if n_updates < 2 else set()
    whole = between_resets(updates, start_s, end_s)
    if whole is None:
        return _Counted(None, n_updates, {*flags, "counter_reset"})
    if (end_s - start_s) / gpu.period_s > _STILL * (n_updates + 1):
        return _Counted(None, n_updates, {*flags, "sensor_disagree"} if reads > _STILL else flags)
    return _Counted(counter_energy(whole, gpu.readings, start_s, end_s), n_updates, flags)


def _swing(gpu: Gpu, counted: _Counted, start_s: float, end_s: float) -> float | None:
    """Find how much power swings, as the sensor that is used shows it."""
    if counted.estimate is None or gpu.updates is None:
        return power_swing(gpu.readings.instant_w[(gpu.times_s >= start_s) & (gpu.times_s <= end_s)])
    return counter_swing(gpu.updates, gpu.readings, updates_inside(gpu.updates, start_s, end_s))


def _longest_gap_s(times_s: NDArray[np.float64], start_s: float, end_s: float) -> float:
    """Find the longest time inside the window without a usable reading [s]."""
    inside = times_s[(times_s > start_s) & (times_s < end_s)]
    return float(np.max(np.diff(np.concatenate([[start_s], inside, [end_s]]))))


def _judge(chosen: Estimate | None, instant: Estimate | None, average_j: float | None) -> set[str]:
    """Compare the sensors; a difference that the sampling of power explains is none."""
    flags: set[str] = set()
    if chosen is None:
        return flags
    energy, uncertainty = chosen
    if uncertainty > _UNCERTAIN * energy:
        flags.add("uncertain")
    allowed = _DISAGREE * energy + uncertainty
    if instant is not None:
        stuck = instant.uncertainty_j == instant.energy_j
        if abs(instant.energy_j - energy) > max(allowed, 0.0 if stuck else instant.uncertainty_j):
            flags.add("sensor_disagree")
    if average_j is not None and abs(average_j - energy) > allowed:
        flags.add("sensor_disagree")
    return flags
