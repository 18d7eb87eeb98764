"""How much power swings within a window, as far as the sensor's updates may have missed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.collect.energy.updates import locate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.collect.energy.readings import Readings
    from simulator.collect.energy.updates import Updates

__all__ = ["counter_swing", "power_swing"]

#: The counter differs from a sum of the instants by at least this share of mean power, and of their swing ...
_APART, _APART_OF_SWING = 0.02, 0.3

#: ... and by at least this share of that difference it varies less than they do.
_SMOOTHER = 0.3


def power_swing(power_w: NDArray[np.float64]) -> float | None:
    """Find the amplitude of power as a share of its mean; None with fewer than two readings.

    Parameters
    ----------
    power_w
        Readings [W]; NaN where there was none.
    """
    known = power_w[np.isfinite(power_w)]
    return float(np.sqrt(2) * np.std(known) / np.mean(known)) if len(known) > 1 else None


def counter_swing(updates: Updates, readings: Readings, inside: slice) -> float | None:
    """Find the amplitude of power that a counter would show if it added up instants and not all of the time.

    Parameters
    ----------
    updates
        Updates of the counter.
    readings
        What was read; instantaneous power shows whether the counter adds up just that.
    inside
        Updates within the window.

    Returns
    -------
    float or None
        Share of mean power, from the counter's steps. 0 if they are smoother than the instants and other than these:
        then the counter integrates. None with fewer than three updates.
    """
    time_s = locate(updates, inside).time_s
    if len(time_s) < 3:
        return None
    periods = np.maximum(1, np.round(np.diff(time_s) / updates.period_s))
    steps_w = np.diff(updates.energy_j[inside]) / (periods * updates.period_s)
    rows = np.searchsorted(readings.after_s, updates.high_s[inside][1:])
    return 0.0 if _integrates(steps_w, readings.instant_w[rows]) else power_swing(steps_w)


def _integrates(steps_w: NDArray[np.float64], instants_w: NDArray[np.float64]) -> bool:
    """Tell by what the counter added at each update, and by the power that was read with it.

    A counter that adds up the instants shows the same; one that adds up others, or sooner or later ones, varies as
    much. One that integrates lacks what is faster than an update: just that is by how much it differs, and varies less.
    """
    known = np.isfinite(instants_w)
    steps_w, instants_w = steps_w[known], instants_w[known]
    if len(steps_w) < 2:
        return False
    of_instants, of_steps, apart = (float(np.var(power)) for power in (instants_w, steps_w, instants_w - steps_w))
    least = max(_APART * float(np.mean(steps_w)), _APART_OF_SWING * of_instants**0.5)
    return apart > least**2 and of_instants - of_steps > _SMOOTHER * apart
